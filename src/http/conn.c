/* Design: bytes come in by on_data and are read as far as answers keep up; the rest is stashed and
 * reading pauses.  Everything that leaves does so in the late task of the turn, which also goes on
 * with the stash: so handlers may answer from anywhere without recursion.
 *
 * One timer serves two deadlines.  A deadline that moves away is only written down: the timer
 * finds on firing that it is early, and starts again. */
#include <stdlib.h>

#include "base/mem.h"
#include "http/http_internal.h"

enum {
    LINGER_MS = 2000,
    GRACE_MS = 1500, /* for a request that is on its way when the server drains; who was held off
                      * asks again a second later, and learns only then that it does */
    KEEP_ROOM = 4096,
    READ_AHEAD = 16384, /* bytes of requests that wait for their turn */
};

static void close_timers(struct http_conn *conn)
{
    timer_stop(&conn->timer);
    task_cancel(&conn->late);
}

void conn_close(struct http_conn *conn)
{
    if (conn->closing)
        return;
    conn->closing = true;
    conn->phase = PHASE_OVER;
    close_timers(conn);
    conn_abandon(conn);
    conn->transport->close(conn->pipe);
}

/* ---- deadlines ---- */

static void arm(struct http_conn *conn)
{
    int64_t due = conn->read_deadline;
    if (due == 0 || (conn->write_deadline != 0 && conn->write_deadline < due))
        due = conn->write_deadline;
    if (due == 0 || (timer_is_running(&conn->timer) && conn->timer.due <= due))
        return;
    int64_t wait = due - loop_now(conn->server->loop);
    timer_start(&conn->timer, wait > 0 ? wait : 0);
}

/* False when the client took nothing for too long. */
static bool check_writing(struct http_conn *conn, int64_t now)
{
    if (conn->write_deadline == 0 || now < conn->write_deadline)
        return true;
    size_t left = conn->transport->untaken(conn->pipe);
    if (left >= conn->write_left)
        return false;
    conn->write_left = left;
    conn->write_deadline = now + conn->server->limits.write_timeout;
    return true;
}

static void on_timer(struct timer *timer)
{
    struct http_conn *conn = container_of(timer, struct http_conn, timer);
    int64_t now = loop_now(conn->server->loop);
    if (!check_writing(conn, now)) {
        conn_close(conn);
        return;
    }
    if (conn->read_deadline != 0 && now >= conn->read_deadline) {
        conn->read_deadline = 0;
        if (conn->phase == PHASE_START) {
            conn_close(conn);
            return;
        }
        conn_refuse(conn, 408);
    }
    arm(conn);
}

/* ---- turns ---- */

static bool wants_to_read(const struct http_conn *conn)
{
    if (conn->ended || conn->closing || conn->finishing)
        return false;
    if (conn->phase == PHASE_OVER)
        return true; /* to hear that the client hangs up */
    /* also while a request waits for the one before it: to hear that the client hangs up */
    return conn->phase != PHASE_START || (conn->stash.len < READ_AHEAD && conn_keeps_up(conn));
}

/* Nothing is left to do for a client that sends, or is sent, no more. */
static void finish(struct http_conn *conn)
{
    conn->finishing = true;
    conn->read_deadline = 0;
    conn->transport->finish(conn->pipe, LINGER_MS);
}

/* How long to wait for the next request. */
static int64_t patience(const struct http_server *server)
{
    int64_t ms = server->limits.idle_timeout;
    return server->draining && ms > GRACE_MS ? GRACE_MS : ms;
}

/* After anything happened: what to wait for now. */
static void settle(struct http_conn *conn)
{
    if (conn->closing)
        return;
    bool idle = list_is_empty(&conn->queue);
    if (idle && conn->phase == PHASE_OVER && conn->out.len == 0 && !conn->finishing)
        finish(conn);
    if (conn->phase == PHASE_START)
        conn->read_deadline =
            idle && !conn->blocked ? loop_now(conn->server->loop) + patience(conn->server) : 0;
    bool read = wants_to_read(conn);
    if (read && !conn->reading)
        conn->transport->read_start(conn->pipe);
    else if (!read && conn->reading && !conn->finishing)
        conn->transport->read_stop(conn->pipe);
    conn->reading = read;
    arm(conn);
}

/* Tells the exchange whose turn it is that it may go on. */
static void tell_writable(struct http_conn *conn)
{
    if (list_is_empty(&conn->queue) || conn->blocked || conn->out.len > 0)
        return;
    struct http_exchange *first = container_of(conn->queue.next, struct http_exchange, link);
    if (!first->full)
        return;
    first->full = false;
    if (first->on_writable)
        first->on_writable(first->writable_owner);
}

static void turn(struct http_conn *conn)
{
    conn_free_done(conn);
    if (conn->finishing)
        return;
    conn_flush(conn);
    tell_writable(conn);
    if (conn->stash.len > 0 && !conn->closing)
        buf_consume(&conn->stash, conn_read(conn, conn->stash.data, conn->stash.len));
    if (conn->stash.len == 0 && conn->stash.cap > 0)
        buf_fini(&conn->stash);
    if (conn->out.len == 0 && conn->out.cap > KEEP_ROOM)
        buf_fini(&conn->out);
    settle(conn);
}

static void on_late(struct task *task)
{
    turn(container_of(task, struct http_conn, late));
}

void conn_refuse(struct http_conn *conn, int status)
{
    struct http_exchange *exchange = conn->incoming ? conn->incoming : exchange_new(conn, 0, 0);
    conn->incoming = NULL;
    conn->phase = PHASE_OVER;
    conn->read_deadline = 0;
    respond_refusal(exchange, status);
}

/* Whether an answer is to come that can still say that the connection ends with it.  Where a
 * stream has begun, its client may send one request more, as where nothing is under way. */
static bool can_say_the_end(const struct http_conn *conn)
{
    if (list_is_empty(&conn->queue) || conn->stash.len > 0)
        return false;
    return container_of(conn->queue.prev, struct http_exchange, link)->status == 0;
}

void conn_drain(struct http_conn *conn)
{
    if (conn->phase != PHASE_START)
        return;
    if (can_say_the_end(conn))
        conn->phase = PHASE_OVER;
    loop_late(conn->server->loop, &conn->late); /* settles how long it may be idle */
}

/* ---- what the transport tells ---- */

static void on_data(void *owner, const char *data, size_t len)
{
    struct http_conn *conn = owner;
    if (conn->closing || conn->finishing)
        return;
    size_t taken = conn->stash.len > 0 ? 0 : conn_read(conn, data, len);
    if (taken < len && !conn->closing)
        buf_add(&conn->stash, data + taken, len - taken);
    settle(conn);
}

/* Who ends his side does not wait for answers; those that are complete are still sent. */
static void on_ended(void *owner)
{
    struct http_conn *conn = owner;
    conn->ended = true;
    conn->phase = PHASE_OVER;
    conn->read_deadline = 0;
    conn_abandon(conn);
    if (conn->out.len == 0 && !conn->blocked)
        conn_close(conn);
    else
        loop_late(conn->server->loop, &conn->late);
}

static void on_drained(void *owner)
{
    struct http_conn *conn = owner;
    if (conn->closing)
        return;
    conn->blocked = false;
    conn->write_deadline = 0;
    turn(conn);
}

static void on_closed(void *owner)
{
    struct http_conn *conn = owner;
    conn->closing = true;
    close_timers(conn);
    conn_abandon(conn);
    conn_free_done(conn);
    buf_fini(&conn->head);
    buf_fini(&conn->stash);
    buf_fini(&conn->out);
    server_forget(conn);
    free(conn);
}

const struct net_events http_conn_events = {on_data, on_ended, on_drained, on_closed};

struct http_conn *conn_new(struct http_server *server, const struct transport_ops *transport,
                           void *pipe)
{
    struct http_conn *conn = mem_zalloc(1, sizeof *conn);
    conn->server = server;
    conn->transport = transport;
    conn->pipe = pipe;
    list_init(&conn->queue);
    list_init(&conn->done);
    /* Bounded by the guard, by what one read brings, and by conn_may_begin() with FULL. */
    buf_init(&conn->head, SIZE_MAX / 2);
    buf_init(&conn->stash, SIZE_MAX / 2);
    buf_init(&conn->out, SIZE_MAX / 2);
    task_init(&conn->late, on_late);
    timer_init(&conn->timer, server->loop, on_timer);
    list_append(&server->conns, &conn->link);
    server->count++;
    settle(conn);
    return conn;
}
