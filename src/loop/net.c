/* Design: reading goes through the loop's one buffer, for a read is handed on before the next.
 * Writing tries the socket at once; only what it does not take is copied and given to libuv, so
 * that a connection without a slow reader holds no buffers at all.
 *
 * `broken` means that nothing more can come or go; the owner hears of it by on_ended on a later
 * turn, or, when it was told of the peer's end before, by the connection closing itself. */
#include "loop/net.h"

#include <arpa/inet.h>
#include <assert.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "loop/loop_internal.h"
#include "loop/net_internal.h"

struct net_conn {
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    } uv;
    struct loop *loop;
    const struct net_events *events; /* NULL before net_conn_attach() */
    void *owner;
    uv_write_t write; /* of `kept` */
    char *kept;       /* NULL: nothing waits */
    size_t kept_len;
    struct task broken; /* tells of a write that failed */
    struct timer linger;
    int64_t linger_ms;
    bool reading, ended, finishing, closing;
    char peer[INET6_ADDRSTRLEN];
};

static void on_uv_closed(uv_handle_t *handle)
{
    struct net_conn *conn = handle->data;
    assert(!conn->kept);
    if (conn->events && conn->events->on_closed)
        conn->events->on_closed(conn->owner);
    free(conn);
}

/* The moment to stop everything that could still call back, before either way of closing. */
static bool begin_close(struct net_conn *conn)
{
    if (conn->closing)
        return false;
    conn->closing = true;
    task_cancel(&conn->broken);
    timer_stop(&conn->linger);
    return true;
}

void net_conn_close(struct net_conn *conn)
{
    if (begin_close(conn))
        uv_close(&conn->uv.handle, on_uv_closed);
}

void net_conn_reset(struct net_conn *conn)
{
    if (!begin_close(conn))
        return;
    if (conn->uv.handle.type != UV_TCP || uv_tcp_close_reset(&conn->uv.tcp, on_uv_closed) != 0)
        uv_close(&conn->uv.handle, on_uv_closed);
}

/* The peer's last byte was read, or the connection broke. */
static void end_reading(struct net_conn *conn)
{
    uv_read_stop(&conn->uv.stream);
    conn->reading = false;
    if (conn->ended || conn->finishing) {
        conn->ended = true;
        if (!conn->finishing || !conn->kept)
            net_conn_close(conn);
        return;
    }
    conn->ended = true;
    if (conn->events && conn->events->on_ended)
        conn->events->on_ended(conn->owner);
}

static void on_broken(struct task *task)
{
    struct net_conn *conn = container_of(task, struct net_conn, broken);
    if (conn->finishing)
        net_conn_close(conn);
    else
        end_reading(conn);
}

static void on_linger_over(struct timer *timer)
{
    net_conn_close(container_of(timer, struct net_conn, linger));
}

struct net_conn *net_conn_adopt(struct loop *loop, int fd)
{
    struct sockaddr_storage address = {0};
    socklen_t len = sizeof address;
    if (getsockname(fd, (struct sockaddr *)&address, &len) != 0) {
        close(fd);
        return NULL;
    }
    struct net_conn *conn = mem_zalloc(1, sizeof *conn);
    conn->loop = loop;
    task_init(&conn->broken, on_broken);
    timer_init(&conn->linger, loop, on_linger_over);
    int failed;
    if (address.ss_family == AF_UNIX) {
        uv_pipe_init(loop_uv(loop), &conn->uv.pipe, 0);
        failed = uv_pipe_open(&conn->uv.pipe, fd);
    } else {
        int on = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        uv_tcp_init(loop_uv(loop), &conn->uv.tcp);
        failed = uv_tcp_open(&conn->uv.tcp, fd);
    }
    conn->uv.handle.data = conn;
    if (failed) {
        close(fd);
        net_conn_close(conn);
        return NULL;
    }
    return conn;
}

void net_conn_attach(struct net_conn *conn, const struct net_events *events, void *owner)
{
    conn->events = events;
    conn->owner = owner;
}

void net_conn_set_awaited(struct net_conn *conn, bool awaited)
{
    if (awaited)
        uv_ref(&conn->uv.handle);
    else
        uv_unref(&conn->uv.handle);
}

/* ---- reading ---- */

static void on_uv_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
    (void)suggested;
    struct net_conn *conn = handle->data;
    *out = uv_buf_init(conn->loop->read_room, sizeof conn->loop->read_room);
}

static void on_uv_read(uv_stream_t *stream, ssize_t len, const uv_buf_t *room)
{
    struct net_conn *conn = stream->data;
    if (len < 0)
        end_reading(conn);
    else if (len > 0 && !conn->finishing && conn->events && conn->events->on_data)
        conn->events->on_data(conn->owner, room->base, (size_t)len);
}

void net_conn_read_start(struct net_conn *conn)
{
    if (conn->reading || conn->ended || conn->closing)
        return;
    conn->reading = uv_read_start(&conn->uv.stream, on_uv_alloc, on_uv_read) == 0;
    if (!conn->reading)
        loop_soon(conn->loop, &conn->broken);
}

void net_conn_read_stop(struct net_conn *conn)
{
    if (!conn->reading || conn->finishing)
        return;
    conn->reading = false;
    uv_read_stop(&conn->uv.stream);
}

/* ---- writing ---- */

/* The sending side is done: the peer sees the end now and has a while to read up to it. */
static void end_writing(struct net_conn *conn)
{
    int fd;
    if (conn->ended || conn->linger_ms <= 0 || uv_fileno(&conn->uv.handle, &fd) != 0 ||
        shutdown(fd, SHUT_WR) != 0) {
        net_conn_close(conn);
        return;
    }
    timer_start(&conn->linger, conn->linger_ms);
}

static void on_uv_written(uv_write_t *write, int status)
{
    struct net_conn *conn = write->data;
    free(conn->kept);
    conn->kept = NULL;
    conn->kept_len = 0;
    if (conn->closing)
        return;
    if (status < 0)
        on_broken(&conn->broken);
    else if (conn->finishing)
        end_writing(conn);
    else if (conn->events && conn->events->on_drained)
        conn->events->on_drained(conn->owner);
}

/* Lets libuv write a copy of the rest. */
static bool keep(struct net_conn *conn, const char *data, size_t len)
{
    conn->kept = mem_strndup(data, len);
    conn->kept_len = len;
    conn->write.data = conn;
    uv_buf_t buf = {.base = conn->kept, .len = len};
    if (uv_write(&conn->write, &conn->uv.stream, &buf, 1, on_uv_written) == 0)
        return true;
    free(conn->kept);
    conn->kept = NULL;
    conn->kept_len = 0;
    return false;
}

bool net_conn_write(struct net_conn *conn, const char *data, size_t len)
{
    assert(!conn->kept && !conn->finishing);
    if (conn->closing)
        return false;
    uv_buf_t buf = {.base = (char *)data, .len = len};
    int sent = len > 0 ? uv_try_write(&conn->uv.stream, &buf, 1) : 0;
    if (sent == UV_EAGAIN)
        sent = 0;
    if (sent >= 0 && (size_t)sent == len)
        return true;
    if (sent < 0 || !keep(conn, data + sent, len - (size_t)sent))
        loop_soon(conn->loop, &conn->broken);
    return false;
}

size_t net_conn_pending(const struct net_conn *conn)
{
    return conn->kept ? conn->uv.stream.write_queue_size : 0;
}

size_t net_conn_untaken(const struct net_conn *conn)
{
    int fd, in_socket = 0;
    if (uv_fileno(&conn->uv.handle, &fd) != 0 || ioctl(fd, SIOCOUTQ, &in_socket) != 0)
        in_socket = 0;
    return net_conn_pending(conn) + (size_t)in_socket;
}

void net_conn_finish(struct net_conn *conn, int64_t linger_ms)
{
    if (conn->closing || conn->finishing)
        return;
    conn->finishing = true;
    conn->linger_ms = linger_ms;
    net_conn_read_start(conn); /* a peer that still writes may read only after that */
    if (!conn->kept)
        end_writing(conn);
}

/* ---- the peer ---- */

const char *net_conn_peer(const struct net_conn *conn)
{
    struct net_conn *known = (struct net_conn *)conn; /* the text is made when first asked for */
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
        struct sockaddr_storage room;
    } address;
    int len = sizeof address;
    if (conn->peer[0])
        return conn->peer;
    if (conn->uv.handle.type != UV_TCP)
        return "unix";
    if (uv_tcp_getpeername(&conn->uv.tcp, &address.any, &len) != 0)
        return "unknown";
    const void *bytes = &address.v4.sin_addr;
    int family = address.any.sa_family;
    if (family == AF_INET6) {
        bytes = &address.v6.sin6_addr;
        if (IN6_IS_ADDR_V4MAPPED(&address.v6.sin6_addr)) {
            family = AF_INET;
            bytes = (const char *)bytes + 12;
        }
    }
    inet_ntop(family, bytes, known->peer, sizeof known->peer);
    return conn->peer;
}
