/* Design: a dial is freed when libuv has let go of it, in on_resolved() or on_poll_closed(); what
 * ends it before is noted, and told there.  One that needs neither is told by its task. */
#include "loop/net_dial.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"
#include "loop/loop_internal.h"
#include "loop/net_internal.h"

struct net_dial {
    struct loop *loop;
    net_dial_fn *fn; /* NULL once cancelled */
    void *owner;
    uv_getaddrinfo_t resolving;
    uv_poll_t poll;       /* watches `fd` while it connects */
    struct task task;     /* tells of an end that nothing of libuv's stands behind */
    struct addrinfo *all; /* what the name stands for */
    const struct addrinfo *next;
    int fd; /* -1: none */
    char target[160], why[256];
};

static void tell(struct net_dial *dial)
{
    struct net_conn *conn = NULL;
    if (dial->fd >= 0 && dial->fn) {
        conn = net_conn_adopt(dial->loop, dial->fd);
        if (!conn)
            snprintf(dial->why, sizeof dial->why, "%s: the system cannot watch the socket",
                     dial->target);
    } else if (dial->fd >= 0) {
        close(dial->fd);
    }
    if (dial->fn)
        dial->fn(dial->owner, conn, dial->why);
    if (dial->all)
        uv_freeaddrinfo(dial->all);
    free(dial);
}

static void on_task(struct task *task)
{
    tell(container_of(task, struct net_dial, task));
}

static void give_up(struct net_dial *dial, int error)
{
    if (dial->fd >= 0)
        close(dial->fd);
    dial->fd = -1;
    snprintf(dial->why, sizeof dial->why, "%s: %s", dial->target, strerror(error));
}

/* Begins to connect a new socket: 0 when it is connected, EINPROGRESS, or why it cannot be. */
static int begin(struct net_dial *dial, const struct sockaddr *address, socklen_t len)
{
    dial->fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (dial->fd < 0)
        return errno;
    return connect(dial->fd, address, len) == 0 ? 0 : errno;
}

static void try_next(struct net_dial *dial);

static void on_poll_closed(uv_handle_t *handle)
{
    struct net_dial *dial = handle->data;
    if (dial->fn && dial->fd < 0 && dial->next)
        try_next(dial);
    else
        tell(dial);
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
    (void)events;
    struct net_dial *dial = poll->data;
    int error = 0;
    socklen_t len = sizeof error;
    if (getsockopt(dial->fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
        error = errno;
    uv_poll_stop(poll);
    if (error == 0 && status < 0)
        error = -status; /* libuv's own words for a socket that has failed say less */
    if (error)
        give_up(dial, error);
    uv_close((uv_handle_t *)poll, on_poll_closed);
}

static void try_next(struct net_dial *dial)
{
    int error = 0;
    while (dial->next) {
        const struct addrinfo *info = dial->next;
        dial->next = info->ai_next;
        error = begin(dial, info->ai_addr, info->ai_addrlen);
        if (error == EINPROGRESS && uv_poll_init(loop_uv(dial->loop), &dial->poll, dial->fd) == 0) {
            dial->poll.data = dial;
            uv_poll_start(&dial->poll, UV_WRITABLE, on_ready);
            return;
        }
        if (error == 0)
            break;
        give_up(dial, error);
    }
    loop_soon(dial->loop, &dial->task);
}

static void on_resolved(uv_getaddrinfo_t *resolving, int status, struct addrinfo *found)
{
    struct net_dial *dial = resolving->data;
    dial->all = found;
    dial->next = found;
    if (status < 0)
        snprintf(dial->why, sizeof dial->why, "%s: %s", dial->target, uv_strerror(status));
    if (dial->fn)
        try_next(dial);
    else
        tell(dial);
}

static void dial_unix(struct net_dial *dial, const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int error = ENAMETOOLONG;
    if (strlen(path) < sizeof address.sun_path) {
        snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
        error = begin(dial, (const struct sockaddr *)&address, sizeof address);
    }
    if (error)
        give_up(dial, error);
    loop_soon(dial->loop, &dial->task);
}

static void dial_tcp(struct net_dial *dial, const char *host, int port)
{
    char service[16];
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
    snprintf(service, sizeof service, "%d", port);
    dial->resolving.data = dial;
    int failed =
        uv_getaddrinfo(loop_uv(dial->loop), &dial->resolving, on_resolved, host, service, &hints);
    if (!failed)
        return;
    snprintf(dial->why, sizeof dial->why, "%s: %s", dial->target, uv_strerror(failed));
    loop_soon(dial->loop, &dial->task);
}

struct net_dial *net_dial(struct loop *loop, const char *host, int port, net_dial_fn *fn,
                          void *owner)
{
    struct net_dial *dial = mem_zalloc(1, sizeof *dial);
    bool is_unix = strncmp(host, "unix:", 5) == 0;
    dial->loop = loop;
    dial->fn = fn;
    dial->owner = owner;
    dial->fd = -1;
    task_init(&dial->task, on_task);
    if (is_unix)
        snprintf(dial->target, sizeof dial->target, "%s", host);
    else
        snprintf(dial->target, sizeof dial->target, "%s:%d", host, port);
    if (is_unix)
        dial_unix(dial, host + 5);
    else
        dial_tcp(dial, host, port);
    return dial;
}

void net_dial_cancel(struct net_dial **dial)
{
    struct net_dial *old = *dial;
    *dial = NULL;
    if (!old)
        return;
    old->fn = NULL;
    if (task_is_queued(&old->task)) {
        task_cancel(&old->task);
        tell(old);
    } else if (uv_is_active((uv_handle_t *)&old->poll)) {
        uv_poll_stop(&old->poll);
        uv_close((uv_handle_t *)&old->poll, on_poll_closed);
    } else {
        uv_cancel((uv_req_t *)&old->resolving); /* one that has begun comes to its end */
    }
}
