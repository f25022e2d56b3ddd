/* The reading of requests, one phase after the other.  The guard cuts what came in into heads and
 * bodies, so that llhttp is handed exactly one message. */
#include <string.h>

#include "base/clock.h"
#include "http/http_internal.h"

bool conn_keeps_up(const struct http_conn *conn)
{
    const struct http_limits *limits = &conn->server->limits;
    return conn->queued <= limits->max_pipelined && conn_waiting(conn) <= limits->write_high;
}

/* Whether what is under way may change something: the next request must find it done, as though
 * the client had waited for its answer (RFC 9112, 9.3.2). */
static bool is_changing(const struct http_conn *conn)
{
    if (list_is_empty(&conn->queue))
        return false;
    const struct http_exchange *last = container_of(conn->queue.prev, struct http_exchange, link);
    const char *method = last->request.method;
    return !last->answered && strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0;
}

/* The request is whole: the handler's turn. */
static void deliver(struct http_conn *conn)
{
    struct http_exchange *exchange = conn->incoming;
    conn->incoming = NULL;
    bool last = !exchange->keep_alive || conn->server->draining;
    conn->phase = last ? PHASE_OVER : PHASE_START;
    conn->read_deadline = 0;
    exchange->request.body = buf_str(&exchange->in);
    exchange->request.body_len = exchange->in.len;
    conn->server->handler->on_request(conn->server->owner, exchange);
}

static void begin_body(struct http_conn *conn, bool more)
{
    const struct head_facts *facts = &conn->incoming->facts;
    conn->phase = PHASE_BODY;
    conn->body_left = facts->length;
    if (facts->chunked)
        guard_begin_chunked(&conn->guard);
    conn->read_deadline = loop_now(conn->server->loop) + conn->server->limits.body_timeout;
    if (facts->expects_continue && !more)
        respond_continue(conn->incoming);
}

/* The head lies at `head`; `more` bytes came in with it. */
static void end_head(struct http_conn *conn, const char *head, size_t len, bool more)
{
    int status = parse_head(conn, head, len);
    if (status)
        conn_refuse(conn, status);
    else if (conn->incoming->read)
        deliver(conn);
    else
        begin_body(conn, more);
}

static size_t read_head(struct http_conn *conn, const char *data, size_t len)
{
    size_t taken = guard_head(&conn->guard, data, len);
    if (conn->guard.status) {
        conn_refuse(conn, conn->guard.status);
    } else if (!conn->guard.done) {
        buf_add(&conn->head, data, taken);
    } else if (conn->head.len == 0) {
        end_head(conn, data, taken, taken < len);
    } else {
        buf_add(&conn->head, data, taken);
        end_head(conn, conn->head.data, conn->head.len, taken < len);
        buf_fini(&conn->head);
    }
    return taken;
}

static size_t read_body(struct http_conn *conn, const char *data, size_t len)
{
    bool chunked = conn->incoming->facts.chunked;
    size_t taken = len < conn->body_left ? len : (size_t)conn->body_left;
    if (chunked) {
        taken = guard_chunked(&conn->guard, data, len);
        if (conn->guard.status) {
            conn_refuse(conn, conn->guard.status);
            return taken;
        }
    } else {
        conn->body_left -= taken;
    }
    bool last = chunked ? conn->guard.done : conn->body_left == 0;
    int status = parse_body(conn, data, taken, last);
    if (status)
        conn_refuse(conn, status);
    else if (last)
        deliver(conn);
    return taken;
}

static void begin_request(struct http_conn *conn)
{
    conn->phase = PHASE_HEAD;
    conn->began_us = clock_steady_us();
    conn->read_deadline = loop_now(conn->server->loop) + conn->server->limits.head_timeout;
    guard_begin(&conn->guard, &conn->server->guard_limits);
}

size_t conn_read(struct http_conn *conn, const char *data, size_t len)
{
    size_t used = 0;
    while (used < len && conn->phase != PHASE_OVER) {
        if (conn->phase == PHASE_START) {
            if (!conn_keeps_up(conn) || is_changing(conn))
                return used;
            begin_request(conn);
        }
        used += conn->phase == PHASE_HEAD ? read_head(conn, data + used, len - used)
                                          : read_body(conn, data + used, len - used);
    }
    return len;
}
