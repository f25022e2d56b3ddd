/* Design: accept() is called here and not by libuv, so that one worker takes a few connections
 * per turn and leaves the rest to the others, and so that running out of descriptors means a
 * pause: the connections wait in the kernel's queue until some are free. */
#include <errno.h>
#include <linux/filter.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "loop/loop_internal.h"
#include "loop/net_internal.h"

enum {
    ACCEPTS_PER_TURN = 32,
    QUEUE_MAX = SOMAXCONN, /* as net_bind() asks for */
    PAUSE_MS = 100,
};

struct net_listener {
    uv_poll_t poll;
    struct loop *loop;
    net_accept_fn *on_accept;
    void *owner;
    struct timer pause; /* runs while the system has no descriptor for us */
    int fd;
    bool accepting, closing;
};

/* One connection; false when there is none, or not now. */
static bool accept_one(struct net_listener *listener)
{
    int fd = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
        struct net_conn *conn = net_conn_adopt(listener->loop, fd);
        if (conn)
            listener->on_accept(listener->owner, conn);
        return true;
    }
    switch (errno) {
    case EAGAIN: return false;
    case EINTR:
    case ECONNABORTED: /* and what else befell one connection before it was taken */
    case EPROTO:
    case EPERM:
    case ENETDOWN:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case ENONET:
    case EHOSTUNREACH:
    case ENETUNREACH: return true;
    default: /* EMFILE, ENFILE, ENOBUFS, ENOMEM: trying again at once would spin */
        uv_poll_stop(&listener->poll);
        timer_start(&listener->pause, PAUSE_MS);
        return false;
    }
}

static void accept_some(struct net_listener *listener, int most)
{
    for (int i = 0; i < most; i++)
        if (listener->closing || !listener->accepting || !accept_one(listener))
            return;
}

static void on_uv_poll(uv_poll_t *poll, int status, int events)
{
    (void)status; /* accept4() says what is wrong */
    (void)events;
    accept_some(poll->data, ACCEPTS_PER_TURN);
}

void net_listener_accept_waiting(struct net_listener *listener)
{
    accept_some(listener, QUEUE_MAX);
}

/* A SYN without ACK is the first packet of a connection; it alone is dropped. */
void net_listener_hold_off(struct net_listener *listener)
{
    static struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, offsetof(struct tcphdr, th_flags)),
        BPF_STMT(BPF_ALU | BPF_AND | BPF_K, TH_SYN | TH_ACK),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, TH_SYN, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, 0),
        BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
    };
    const struct sock_fprog filter = {.len = sizeof code / sizeof *code, .filter = code};
    /* Where the system refuses, few are reset, as always without it. */
    (void)setsockopt(listener->fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter);
}

static void watch(struct net_listener *listener)
{
    if (uv_poll_start(&listener->poll, UV_READABLE, on_uv_poll) != 0)
        timer_start(&listener->pause, PAUSE_MS);
}

static void on_pause_over(struct timer *timer)
{
    struct net_listener *listener = container_of(timer, struct net_listener, pause);
    if (listener->accepting)
        watch(listener);
}

enum ls_err net_listener_open(struct net_listener **out, struct loop *loop, int fd,
                              net_accept_fn *on_accept, void *owner)
{
    struct net_listener *listener = mem_zalloc(1, sizeof *listener);
    if (uv_poll_init(loop_uv(loop), &listener->poll, fd) != 0) {
        close(fd);
        free(listener);
        return LS_SYSTEM;
    }
    listener->poll.data = listener;
    listener->loop = loop;
    listener->fd = fd;
    listener->on_accept = on_accept;
    listener->owner = owner;
    listener->accepting = true;
    timer_init(&listener->pause, loop, on_pause_over);
    watch(listener);
    *out = listener;
    return LS_OK;
}

static void on_uv_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void net_listener_close(struct net_listener **listener)
{
    struct net_listener *old = *listener;
    *listener = NULL;
    if (!old)
        return;
    old->closing = true;
    timer_stop(&old->pause);
    uv_close((uv_handle_t *)&old->poll, on_uv_closed);
    close(old->fd);
}

void net_listener_set_accepting(struct net_listener *listener, bool accepting)
{
    if (listener->accepting == accepting)
        return;
    listener->accepting = accepting;
    if (!accepting)
        uv_poll_stop(&listener->poll);
    else if (!timer_is_running(&listener->pause))
        watch(listener);
}
