/* For the tests of the server: connections without sockets on a loop whose clock stands still. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/http_internal.h"

enum { MAX_LATER = 64 };

struct stand {
    struct loop *loop;
    struct http_server *server;
    struct http_conn *conn; /* NULL once closed */
    struct task closing;
    struct buf got;   /* what the client has read */
    struct buf kept;  /* what it has not */
    size_t room;      /* bytes it reads before it stops */
    size_t in_socket; /* bytes on the way to it, where pending() does not see them */
    bool reading, finished, closed;
    int writes, requests, records, gone, writable, drained;
    struct http_exchange *later[MAX_LATER]; /* waiting for the test to answer */
    int last_status;
    bool last_aborted;
    char last_method[16], last_target[64], last_note[32], last_path[64], last_query[64];
    char last_id[80];
    size_t last_sent, last_body;
};

/* ---- a client ---- */

static inline bool stand_write(void *pipe, const char *data, size_t len)
{
    struct stand *stand = pipe;
    assert_int_equal(stand->kept.len, 0);
    assert_false(stand->finished);
    size_t taken = len < stand->room ? len : stand->room;
    stand->writes++;
    stand->room -= taken;
    buf_add(&stand->got, data, taken);
    buf_add(&stand->kept, data + taken, len - taken);
    return taken == len;
}

static inline size_t stand_pending(void *pipe)
{
    return ((struct stand *)pipe)->kept.len;
}

static inline void stand_read_start(void *pipe)
{
    ((struct stand *)pipe)->reading = true;
}

static inline void stand_read_stop(void *pipe)
{
    ((struct stand *)pipe)->reading = false;
}

static inline void stand_close(void *pipe)
{
    struct stand *stand = pipe;
    stand->closed = true;
    loop_soon(stand->loop, &stand->closing);
}

static inline void stand_finish(void *pipe, int64_t linger_ms)
{
    struct stand *stand = pipe;
    assert_true(linger_ms > 0);
    stand->finished = true;
    if (stand->kept.len == 0)
        loop_soon(stand->loop, &stand->closing);
}

static inline const char *stand_peer(void *pipe)
{
    (void)pipe;
    return "192.0.2.1";
}

static inline size_t stand_untaken(void *pipe)
{
    return ((struct stand *)pipe)->kept.len + ((struct stand *)pipe)->in_socket;
}

static const struct transport_ops stand_transport = {
    stand_write, stand_pending, stand_read_start, stand_read_stop,
    stand_close, stand_finish,  stand_peer,       stand_untaken,
};

static inline void stand_on_closing(struct task *task)
{
    struct stand *stand = container_of(task, struct stand, closing);
    struct http_conn *conn = stand->conn;
    stand->conn = NULL;
    http_conn_events.on_closed(conn);
}

/* ---- a handler ---- */

static inline void stand_gone(void *owner)
{
    ((struct stand *)owner)->gone++;
}

static inline void stand_on_writable(void *owner)
{
    ((struct stand *)owner)->writable++;
}

static inline void stand_on_drained(void *owner)
{
    ((struct stand *)owner)->drained++;
}

static inline void stand_keep(struct stand *stand, struct http_exchange *exchange)
{
    http_set_gone(exchange, stand_gone, stand);
    http_set_writable(exchange, stand_on_writable, stand);
    for (int i = 0; i < MAX_LATER; i++) {
        if (!stand->later[i]) {
            stand->later[i] = exchange;
            return;
        }
    }
}

/* Paths that begin with /later wait, /stream streams the body, /free, /drain and /answer do so
 * from within; others echo body or path. */
static inline void stand_on_request(void *owner, struct http_exchange *exchange)
{
    struct stand *stand = owner;
    const struct http_request *request = http_request(exchange);
    stand->requests++;
    stand->last_body = request->body_len;
    snprintf(stand->last_path, sizeof stand->last_path, "%s", request->path);
    snprintf(stand->last_query, sizeof stand->last_query, "%s", request->query);
    snprintf(stand->last_id, sizeof stand->last_id, "%s", request->id);
    if (strncmp(request->path, "/later", 6) == 0) {
        stand_keep(stand, exchange);
    } else if (strncmp(request->path, "/stream", 7) == 0) {
        http_stream_start(exchange, 200, "text/plain");
        http_stream_write(exchange, request->body, request->body_len);
        http_stream_write(exchange, "", 0);
        http_stream_write(exchange, "end", 3);
        http_stream_end(exchange, true);
    } else if (strcmp(request->path, "/free") == 0) {
        http_set_gone(exchange, stand_gone, stand);
        http_server_free(&stand->server);
    } else if (strcmp(request->path, "/drain") == 0) {
        http_server_drain(stand->server, stand_on_drained, stand);
        http_respond(exchange, 200, NULL, "", 0);
    } else if (strcmp(request->path, "/answer") == 0) {
        http_respond(exchange, 200, NULL, "", 0);
        http_respond(stand->later[0], 200, NULL, "", 0);
    } else if (request->body_len > 0) {
        http_respond(exchange, 200, "text/plain", request->body, request->body_len);
    } else {
        http_respond(exchange, 200, "text/plain", request->path, request->path_len);
    }
}

static inline const char *stand_on_refused(void *owner, struct http_exchange *exchange, int status,
                                           struct buf *out)
{
    (void)owner;
    assert_non_null(http_request(exchange)->path);
    assert_int_equal(http_add_header(exchange, "x-refused", "yes"), LS_OK);
    buf_printf(out, "refused %d %s", status, http_reason(status));
    return "text/x-refused";
}

static inline void stand_on_record(void *owner, const struct http_record *record)
{
    struct stand *stand = owner;
    stand->records++;
    stand->last_status = record->status;
    stand->last_aborted = record->aborted;
    stand->last_sent = record->sent;
    snprintf(stand->last_method, sizeof stand->last_method, "%s", record->request->method);
    snprintf(stand->last_target, sizeof stand->last_target, "%s", record->request->target);
    snprintf(stand->last_note, sizeof stand->last_note, "%s", record->note ? record->note : "");
    assert_true(*record->request->id != '\0' || record->status == 0);
    assert_true(record->took_us >= 0);
}

static const struct http_handler stand_handler = {stand_on_request, stand_on_refused,
                                                  stand_on_record};

/* ---- the stand ---- */

static inline void stand_connect(struct stand *stand)
{
    stand->finished = stand->closed = stand->reading = false;
    stand->room = SIZE_MAX;
    buf_reset(&stand->got);
    buf_reset(&stand->kept);
    stand->conn = conn_new(stand->server, &stand_transport, stand);
    assert_true(stand->reading);
}

static inline void stand_open(struct stand *stand, const struct http_limits *limits)
{
    memset(stand, 0, sizeof *stand);
    stand->loop = loop_new_virtual();
    buf_init(&stand->got, SIZE_MAX / 2);
    buf_init(&stand->kept, SIZE_MAX / 2);
    task_init(&stand->closing, stand_on_closing);
    stand->server = http_server_new(stand->loop, limits, &stand_handler, stand);
    stand_connect(stand);
}

static inline void stand_settle(struct stand *stand)
{
    loop_advance(stand->loop, 0);
}

static inline void stand_close_up(struct stand *stand)
{
    http_server_free(&stand->server);
    assert_null(stand->server);
    stand_settle(stand);
    assert_null(stand->conn);
    loop_free(&stand->loop);
    buf_fini(&stand->got);
    buf_fini(&stand->kept);
}

/* Bytes come in, in one read; the turn goes on to its end. */
static inline void stand_send_len(struct stand *stand, const char *data, size_t len)
{
    if (stand->conn && !stand->finished && !stand->closed)
        http_conn_events.on_data(stand->conn, data, len);
    stand_settle(stand);
}

static inline void stand_send(struct stand *stand, const char *text)
{
    stand_send_len(stand, text, strlen(text));
}

/* The client reads all there is, and goes on reading. */
static inline void stand_read_all(struct stand *stand)
{
    stand->room = SIZE_MAX;
    buf_add(&stand->got, buf_str(&stand->kept), stand->kept.len);
    buf_reset(&stand->kept);
    if (stand->finished)
        loop_soon(stand->loop, &stand->closing);
    else if (stand->conn)
        http_conn_events.on_drained(stand->conn);
    stand_settle(stand);
}

static inline void stand_hang_up(struct stand *stand)
{
    http_conn_events.on_ended(stand->conn);
    stand_settle(stand);
}

/* How often `text` stands in what the client got. */
static inline int stand_count(const struct stand *stand, const char *text)
{
    int count = 0;
    for (const char *at = buf_str(&stand->got); (at = strstr(at, text)); at++)
        count++;
    return count;
}

/* The status of the first answer; 0: none. */
static inline int stand_status(const struct stand *stand)
{
    const char *text = buf_str(&stand->got);
    return strncmp(text, "HTTP/1.1 ", 9) == 0 ? (int)strtol(text + 9, NULL, 10) : 0;
}
