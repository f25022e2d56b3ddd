/* The HTTP/1.1 server: connections, strict reading of requests, writing of answers.
 *
 * It knows nothing of chains: each complete request becomes a `struct http_exchange` that is
 * handed to one handler.  The handler answers, now or later, with exactly one
 * http_respond() or http_stream_start() … http_stream_end().  Answers to pipelined requests leave
 * in the order of the requests.  What one turn of the loop produces leaves in one write.
 *
 * An exchange belongs to its connection.  It ends when its answer is written to the connection's
 * buffer, or when the client goes away: then `on_gone` is called, once, and the exchange is not
 * to be touched any more after that returns. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/trace_context.h"
#include "loop/loop.h"
#include "loop/net.h"

struct http_server;
struct http_exchange;
struct api_key;

/* Limits, with the answer that tells of each.  Zeros take the default in brackets. */
struct http_limits {
    size_t max_body;          /* bytes [10 MB]: 413 */
    size_t max_head;          /* bytes of all headers [32 KB], or more than 256 of them: 431 */
    size_t max_url;           /* bytes of the request target [8 KB]: 414 */
    int64_t head_timeout;     /* ms to send the head, from its first byte [10 s]: 408 */
    int64_t body_timeout;     /* ms to send the body [30 s]: 408 */
    int64_t idle_timeout;     /* ms a connection may be idle between requests [75 s]: closed */
    int64_t write_timeout;    /* ms without progress in taking an answer [60 s]: closed */
    unsigned max_connections; /* per worker [10000]: accepting pauses */
    unsigned max_pipelined;   /* requests read ahead of the one being answered [16] */
    size_t write_high;        /* bytes waiting for a client before FULL [64 KB] */
};

struct http_header {
    const char *name, *value; /* NUL-terminated; the name in lower case */
};

/* A request, whole.  Everything in it lives as long as its exchange. */
struct http_request {
    const char *method; /* "POST" */
    const char *target; /* as sent, for logs */
    const char *path;   /* percent-decoded, as it was sent otherwise; begins with '/'; an
                                encoded slash or NUL is refused; "*" for `OPTIONS *` */
    size_t path_len;
    const char *query; /* after '?', not decoded; "" when none */
    const struct http_header *headers;
    unsigned header_count;
    const char *body; /* never NULL; NUL behind it */
    size_t body_len;
    const char *peer;             /* the client's address */
    const char *id;               /* request id: the client's X-Request-ID if it is well-formed
                                ([A-Za-z0-9._-]{1,64}), else a new one */
    struct trace_context trace;   /* the client's if it is well-formed, else a new one; none in what
                                   was no request */
    int64_t began_us;             /* clock_steady_us() at its first byte */
    const struct api_key *caller; /* whose key came with it, once the handler has found out (see
                                     http_set_caller()); NULL: nobody's */
};

/* Hears of a finished exchange, for the access log: status 0 when the client went away before an
 * answer began. */
struct http_record {
    const struct http_request *request; /* method and target are "" for what was no request */
    int status;
    size_t sent; /* bytes of body */
    int64_t took_us;
    bool aborted;     /* the client left, or the stream failed, before the answer's end */
    const char *note; /* what http_note() said, or NULL */
    void *mark;       /* of http_set_mark(), or NULL */
};

struct http_handler {
    /* A request is complete; answer it now or later. */
    void (*on_request)(void *owner, struct http_exchange *exchange);
    /* The body of a request that the server itself refuses (400, 408, 413, 414, 417, 431, 501,
     * 505): writes a body onto `out` and returns its content type; may add headers.  Of the
     * request there is what was read of it: path and method may be "", headers and body missing. */
    const char *(*on_refused)(void *owner, struct http_exchange *exchange, int status,
                              struct buf *out);
    /* An exchange is over. */
    void (*on_record)(void *owner, const struct http_record *record);
};

/* A server on `loop`; `limits` may be NULL; `handler` is borrowed for its life. */
struct http_server *http_server_new(struct loop *loop, const struct http_limits *limits,
                                    const struct http_handler *handler, void *owner);

/* Serves the listening socket `fd` too (taken over). */
enum ls_err http_server_listen(struct http_server *server, int fd) LS_MUST_CHECK;

/* Before a drain that no other process outlives: those whose connection has begun still come in, and
 * no further one begins (net_listener_hold_off()). */
void http_server_hold_off(struct http_server *server);

/* Graceful end: accepts those that have connected and then no more, closes connections that stay
 * idle for 1.5 seconds more, lets running exchanges end (answers that have not begun carry
 * `Connection: close`; behind a stream that had, one more request is answered, with it), then calls
 * on_drained(owner), on a clean stack. */
void http_server_drain(struct http_server *server, void (*on_drained)(void *owner), void *owner);

/* Closes every connection at once (their exchanges are told on_gone) and frees the server when the
 * loop has let go of them; nulls *server. */
void http_server_free(struct http_server **server);

/* How many connections are open. */
unsigned http_server_connections(const struct http_server *server);

/* A status in HTTP's own words, "Not Found"; "" for one that has none here. */
const char *http_reason(int status);

/* The request of an exchange. */
const struct http_request *http_request(const struct http_exchange *exchange);

/* The first header of that name (given in lower case), or NULL. */
const char *http_request_header(const struct http_request *request, const char *name);

/* Memory that lives as long as the exchange. */
struct arena *http_arena(struct http_exchange *exchange);

/* Who is to hear that the client went away before the answer was complete; `on_gone` NULL: nobody.
 * The callback must not answer. */
void http_set_gone(struct http_exchange *exchange, void (*on_gone)(void *owner), void *owner);

/* Adds a header to the answer (before it starts); both are copied.  The name is written as given;
 * a value with control characters is refused with LS_BAD_VALUE and left out.  `date`, `server`,
 * `content-length`, `transfer-encoding`, `connection` and `x-request-id` are the server's own. */
enum ls_err http_add_header(struct http_exchange *exchange, const char *name, const char *value);

/* Who sent the request; `caller` lives as long as the exchange. */
void http_set_caller(struct http_exchange *exchange, const struct api_key *caller);

/* A few words for the record of the access log, copied (the error behind a 500, for instance). */
void http_note(struct http_exchange *exchange, const char *text);

/* Something of the handler's own, for the record; NULL: nothing yet. */
void http_set_mark(struct http_exchange *exchange, void *mark);
void *http_mark(const struct http_exchange *exchange);

/* The whole answer; `type` NULL: no content-type.  A HEAD request gets the head alone.  The
 * exchange is over for the handler. */
void http_respond(struct http_exchange *exchange, int status, const char *type, const char *body,
                  size_t len);

/* As http_respond(), for an answer that is being printed: hands out the body's buffer (limit
 * 64 MB) of this exchange, empty; then http_respond_body() sends it. */
struct buf *http_body(struct http_exchange *exchange);
void http_respond_body(struct http_exchange *exchange, int status, const char *type);

/* Begins an answer of unknown length (chunked; for HTTP/1.0 clients too, as uvicorn does). */
void http_stream_start(struct http_exchange *exchange, int status, const char *type);

/* The next piece, sent as one chunk at the end of the turn.  False: taken, but the client is slow;
 * on_writable(owner) (see http_set_writable) says when to go on. */
bool http_stream_write(struct http_exchange *exchange, const char *data, size_t len);

/* Who is to hear that a slow client can take more. */
void http_set_writable(struct http_exchange *exchange, void (*on_writable)(void *owner),
                       void *owner);

/* The end of the stream; `clean` false marks the record as failed.  The final chunk is sent in
 * either case.  The exchange is over for the handler. */
void http_stream_end(struct http_exchange *exchange, bool clean);

/* Bytes of the answer that wait for the client. */
size_t http_pending(const struct http_exchange *exchange);
