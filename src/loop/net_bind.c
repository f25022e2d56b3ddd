#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "loop/net.h"

enum { WHY_SIZE = 256, SOCKET_FLAGS = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC };

/* ---- Unix sockets ---- */

/* Whether somebody accepts connections at `address`; 0 when nobody does, else an errno, EISCONN
 * for a live server. */
static int probe(const struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, SOCKET_FLAGS, 0);
    if (fd < 0)
        return errno;
    int error =
        connect(fd, (const struct sockaddr *)address, sizeof *address) == 0 ? EISCONN : errno;
    close(fd);
    if (error == EAGAIN) /* its queue is full: a busy server is a live one */
        return EISCONN;
    return error == ECONNREFUSED || error == ENOENT ? 0 : error;
}

/* Makes room at the path: removes a socket file that nobody serves, and nothing else. */
static enum ls_err clear_path(const struct sockaddr_un *address, char why[WHY_SIZE])
{
    struct stat info;
    const char *path = address->sun_path;
    if (lstat(path, &info) != 0 && errno == ENOENT)
        return LS_OK;
    if (!S_ISSOCK(info.st_mode)) {
        snprintf(why, WHY_SIZE, "cannot listen on unix:%.150s: the file exists and is no socket",
                 path);
        return LS_SYSTEM;
    }
    int error = probe(address);
    if (error == 0 && (unlink(path) == 0 || errno == ENOENT))
        return LS_OK;
    snprintf(why, WHY_SIZE, "cannot listen on unix:%.150s: %s", path,
             error == EISCONN ? "another process serves it" : strerror(error ? error : errno));
    return LS_SYSTEM;
}

static enum ls_err bind_unix(int *out, const char *path, char why[WHY_SIZE])
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t len = strlen(path);
    if (len == 0 || len >= sizeof address.sun_path) {
        snprintf(why, WHY_SIZE, "cannot listen on unix:%.100s: a socket's path has 1 to %zu bytes",
                 path, sizeof address.sun_path - 1);
        return LS_SYSTEM;
    }
    memcpy(address.sun_path, path, len);
    enum ls_err err = clear_path(&address, why);
    if (err)
        return err;
    int fd = socket(AF_UNIX, SOCKET_FLAGS, 0);
    if (fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0 &&
        listen(fd, SOMAXCONN) == 0) {
        *out = fd;
        return LS_OK;
    }
    snprintf(why, WHY_SIZE, "cannot listen on unix:%.150s: %s", path, strerror(errno));
    if (fd >= 0)
        close(fd);
    return LS_SYSTEM;
}

/* ---- TCP ---- */

/* A socket listening on `address`, or -1 with errno. */
static int listen_on(const struct addrinfo *address)
{
    int on = 1, off = 0;
    int fd = socket(address->ai_family, SOCKET_FLAGS, 0);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (address->ai_family == AF_INET6) /* "::" takes IPv4 too, whatever the system's default */
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    if (bind(fd, address->ai_addr, address->ai_addrlen) == 0 && listen(fd, SOMAXCONN) == 0)
        return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

static int port_of(int fd)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } address = {0};
    socklen_t len = sizeof address;
    if (getsockname(fd, &address.any, &len) != 0)
        return 0;
    return ntohs(address.any.sa_family == AF_INET6 ? address.v6.sin6_port : address.v4.sin_port);
}

/* The first of the addresses that can be had; IPv4 goes first, for clients of a name like
 * "localhost" that try IPv6 go on to IPv4, and not all the other way round. */
static int listen_on_first(const struct addrinfo *list)
{
    static const int families[] = {AF_INET, AF_INET6};
    errno = EADDRNOTAVAIL;
    for (int i = 0; i < 2; i++) {
        for (const struct addrinfo *one = list; one; one = one->ai_next) {
            if (one->ai_family != families[i])
                continue;
            int fd = listen_on(one);
            if (fd >= 0)
                return fd;
        }
    }
    return -1;
}

static enum ls_err bind_tcp(int *out, const char *host, int *port, char why[WHY_SIZE])
{
    if (*port < 0 || *port > 65535) {
        snprintf(why, WHY_SIZE, "cannot listen on port %d: a port is a number up to 65535", *port);
        return LS_SYSTEM;
    }
    char service[8];
    snprintf(service, sizeof service, "%d", *port);
    struct addrinfo hints = {.ai_family = AF_UNSPEC,
                             .ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *list = NULL;
    int error = getaddrinfo(host, service, &hints, &list);
    if (error) {
        snprintf(why, WHY_SIZE, "cannot listen on %.150s: %s", host,
                 error == EAI_SYSTEM ? strerror(errno) : gai_strerror(error));
        return LS_SYSTEM;
    }
    int fd = listen_on_first(list);
    if (fd < 0)
        snprintf(why, WHY_SIZE, "cannot listen on %.150s port %d: %s", host, *port,
                 strerror(errno));
    freeaddrinfo(list);
    if (fd < 0)
        return LS_SYSTEM;
    *port = port_of(fd);
    *out = fd;
    return LS_OK;
}

enum ls_err net_bind(int *out, const char *host, int *port, char why[WHY_SIZE])
{
    if (strncmp(host, "unix:", 5) == 0)
        return bind_unix(out, host + 5, why);
    return bind_tcp(out, host, port, why);
}
