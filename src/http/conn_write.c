#include "base/clock.h"
#include "http/http_internal.h"

size_t conn_waiting(const struct http_conn *conn)
{
    return conn->out.len + (conn->blocked ? conn->transport->pending(conn->pipe) : 0);
}

void conn_flush(struct http_conn *conn)
{
    if (conn->out.len == 0 || conn->blocked || conn->closing)
        return;
    conn->blocked = !conn->transport->write(conn->pipe, conn->out.data, conn->out.len);
    buf_reset(&conn->out);
    conn->write_deadline = 0;
    if (conn->blocked) {
        conn->write_left = conn->transport->untaken(conn->pipe);
        conn->write_deadline = loop_now(conn->server->loop) + conn->server->limits.write_timeout;
    }
}

static void record(const struct http_exchange *exchange, bool aborted)
{
    const struct http_server *server = exchange->conn->server;
    const struct http_record record = {
        .request = &exchange->request,
        .status = exchange->status,
        .sent = exchange->sent,
        .took_us = clock_steady_us() - exchange->request.began_us,
        .aborted = aborted || exchange->failed,
        .note = exchange->note,
        .mark = exchange->mark,
    };
    if (server->handler->on_record)
        server->handler->on_record(server->owner, &record);
}

/* Out of the queue; freed later, for a caller may still hold what lies in its arena. */
static void retire(struct http_exchange *exchange, bool aborted)
{
    struct http_conn *conn = exchange->conn;
    list_remove(&exchange->link);
    list_append(&conn->done, &exchange->link);
    conn->queued--;
    record(exchange, aborted);
}

void conn_answered(struct http_exchange *exchange)
{
    struct http_conn *conn = exchange->conn;
    exchange->answered = true;
    while (!list_is_empty(&conn->queue)) {
        struct http_exchange *first = container_of(conn->queue.next, struct http_exchange, link);
        if (first->held.len > 0) {
            buf_add(&conn->out, first->held.data, first->held.len);
            buf_fini(&first->held);
        }
        if (!first->answered)
            break;
        retire(first, false);
    }
    loop_late(conn->server->loop, &conn->late);
}

void conn_abandon(struct http_conn *conn)
{
    conn->incoming = NULL;
    while (!list_is_empty(&conn->queue)) {
        struct http_exchange *exchange = container_of(conn->queue.next, struct http_exchange, link);
        bool answered = exchange->answered;
        exchange->answered = true;
        retire(exchange, true);
        if (!answered && exchange->on_gone)
            exchange->on_gone(exchange->gone_owner);
    }
}

void conn_free_done(struct http_conn *conn)
{
    struct link *item;
    while ((item = list_take_first(&conn->done))) {
        struct http_exchange *exchange = container_of(item, struct http_exchange, link);
        buf_fini(&exchange->in);
        buf_fini(&exchange->body);
        buf_fini(&exchange->added);
        buf_fini(&exchange->held);
        struct arena *arena = exchange->arena;
        arena_free(&arena);
    }
}
