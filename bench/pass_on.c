// The least that passing a stream on can cost: for each piece one recv() and one send(), and nothing
// is done with it.  What a worker takes beyond that is its own; the rest is the machine's.
//
// Usage: pass_on PORT PROVIDERS_PORT

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

// One of the two connections of a stream: what comes in here goes out at the other.
struct side {
    int fd;
    struct side *other;
};

static int poller;

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static struct sockaddr_in loopback(const char *port)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)atoi(port)),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static void watch(int fd, struct side *side)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = side};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) != 0)
        die("epoll_ctl");
}

static struct side *side_new(int fd)
{
    struct side *side = calloc(1, sizeof *side);
    if (fd < 0 || !side)
        die("a connection");
    side->fd = fd;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    watch(fd, side);
    return side;
}

static void take_client(int listener, const struct sockaddr_in *provider)
{
    struct side *client = side_new(accept4(listener, NULL, NULL, SOCK_CLOEXEC));
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)provider, sizeof *provider) != 0)
        die("connect");
    client->other = side_new(fd);
    client->other->other = client;
}

// The end of one side is told to the other, which ends by itself.
static void side_end(struct side *side)
{
    if (side->other) {
        shutdown(side->other->fd, SHUT_RDWR);
        side->other->other = NULL;
    }
    close(side->fd);
    free(side);
}

static void pass_on(struct side *side)
{
    static char piece[65536];
    ssize_t len = recv(side->fd, piece, sizeof piece, 0);
    if (len <= 0)
        side_end(side);
    else if (side->other && send(side->other->fd, piece, (size_t)len, MSG_NOSIGNAL) != len)
        die("send");
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: pass_on PORT PROVIDERS_PORT\n");
        return 2;
    }
    struct sockaddr_in own = loopback(argv[1]), provider = loopback(argv[2]);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    if (bind(listener, (struct sockaddr *)&own, sizeof own) != 0 || listen(listener, 4096) != 0)
        die("listen");
    poller = epoll_create1(EPOLL_CLOEXEC);
    watch(listener, NULL);
    for (struct epoll_event events[256];;) {
        int count = epoll_wait(poller, events, 256, -1);
        for (int i = 0; i < count; i++) {
            if (events[i].data.ptr)
                pass_on(events[i].data.ptr);
            else
                take_client(listener, &provider);
        }
    }
}
