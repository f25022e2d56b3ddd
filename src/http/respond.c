/* The writing of answers: heads in the order of headers that uvicorn uses, bodies, chunks. */
#include <assert.h>
#include <string.h>

#include "base/id.h"
#include "http/http_internal.h"

const char *http_reason(int status)
{
    switch (status) {
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 206: return "Partial Content";
    case 301: return "Moved Permanently";
    case 302: return "Found";
    case 303: return "See Other";
    case 304: return "Not Modified";
    case 307: return "Temporary Redirect";
    case 308: return "Permanent Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 402: return "Payment Required";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 411: return "Length Required";
    case 412: return "Precondition Failed";
    case 413: return "Request Entity Too Large";
    case 414: return "Request-URI Too Long";
    case 415: return "Unsupported Media Type";
    case 416: return "Requested Range Not Satisfiable";
    case 417: return "Expectation Failed";
    case 418: return "I'm a Teapot";
    case 421: return "Misdirected Request";
    case 422: return "Unprocessable Entity";
    case 423: return "Locked";
    case 424: return "Failed Dependency";
    case 425: return "Too Early";
    case 426: return "Upgrade Required";
    case 428: return "Precondition Required";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 451: return "Unavailable For Legal Reasons";
    case 499: return "Client Closed Request";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    case 507: return "Insufficient Storage";
    default: return "";
    }
}

/* Where the exchange's bytes go. */
static struct buf *out_of(struct http_exchange *exchange)
{
    struct http_conn *conn = exchange->conn;
    return conn->queue.next == &exchange->link ? &conn->out : &exchange->held;
}

static void add(struct buf *out, const char *text, size_t len)
{
    (void)buf_add(out, text, len); /* these buffers have no limit */
}

static void add_number(struct buf *out, uint64_t number, unsigned base)
{
    char digits[20], *at = digits + sizeof digits;
    do {
        *--at = "0123456789abcdef"[number % base];
        number /= base;
    } while (number > 0);
    add(out, at, (size_t)(digits + sizeof digits - at));
}

static void add_line(struct buf *out, const char *name, const char *value)
{
    (void)buf_add_str(out, name);
    (void)buf_add_str(out, value);
    add(out, "\r\n", 2);
}

/* Whether the connection ends with this answer. */
static bool closes(const struct http_exchange *exchange)
{
    const struct http_conn *conn = exchange->conn;
    return conn->phase == PHASE_OVER && exchange->link.next == &conn->queue;
}

static void add_connection(struct buf *out, const struct http_exchange *exchange)
{
    if (closes(exchange))
        add(out, "connection: close\r\n", 19);
    else if (exchange->streaming || exchange->http10)
        add(out, "connection: keep-alive\r\n", 24);
}

/* The status line and what stands first in every answer. */
static void begin(struct http_exchange *exchange, struct buf *out, int status)
{
    assert(!exchange->status && !exchange->answered && status >= 200 && status <= 999);
    exchange->status = status;
    exchange->bodyless = status == 204 || status == 304;
    add(out, "HTTP/1.1 ", 9);
    add_number(out, (unsigned)status, 10);
    add_line(out, " ", http_reason(status));
    add_line(out, "date: ", server_date(exchange->conn->server));
    add(out, "server: langserved\r\n", 20);
}

static void add_added(struct buf *out, const struct http_exchange *exchange)
{
    add(out, buf_str(&exchange->added), exchange->added.len);
}

static bool is_head(const struct http_exchange *exchange)
{
    return strcmp(exchange->request.method, "HEAD") == 0;
}

void http_respond(struct http_exchange *exchange, int status, const char *type, const char *body,
                  size_t len)
{
    struct buf *out = out_of(exchange);
    begin(exchange, out, status);
    if (!exchange->bodyless) {
        add(out, "content-length: ", 16);
        add_number(out, len, 10);
        add(out, "\r\n", 2);
    }
    if (type)
        add_line(out, "content-type: ", type);
    add_added(out, exchange);
    add_line(out, "x-request-id: ", exchange->request.id);
    add_connection(out, exchange);
    add(out, "\r\n", 2);
    if (!exchange->bodyless && !is_head(exchange)) {
        add(out, body, len);
        exchange->sent = len;
    }
    conn_answered(exchange);
}

struct buf *http_body(struct http_exchange *exchange)
{
    buf_reset(&exchange->body);
    return &exchange->body;
}

void http_respond_body(struct http_exchange *exchange, int status, const char *type)
{
    if (exchange->body.full)
        http_respond(exchange, 500, NULL, "", 0);
    else
        http_respond(exchange, status, type, buf_str(&exchange->body), exchange->body.len);
}

/* ---- streams ---- */

void http_stream_start(struct http_exchange *exchange, int status, const char *type)
{
    struct buf *out = out_of(exchange);
    exchange->streaming = true;
    begin(exchange, out, status);
    add_added(out, exchange);
    add_connection(out, exchange);
    if (type)
        add_line(out, "content-type: ", type);
    add_line(out, "x-request-id: ", exchange->request.id);
    if (!exchange->bodyless)
        add(out, "transfer-encoding: chunked\r\n", 28);
    add(out, "\r\n", 2);
    exchange->bodyless |= is_head(exchange);
    loop_late(exchange->conn->server->loop, &exchange->conn->late);
}

bool http_stream_write(struct http_exchange *exchange, const char *data, size_t len)
{
    struct http_conn *conn = exchange->conn;
    assert(exchange->streaming && !exchange->answered);
    if (len > 0 && !exchange->bodyless) {
        struct buf *out = out_of(exchange);
        add_number(out, len, 16);
        add(out, "\r\n", 2);
        add(out, data, len);
        add(out, "\r\n", 2);
        exchange->sent += len;
        loop_late(conn->server->loop, &conn->late);
    }
    exchange->full = http_pending(exchange) > conn->server->limits.write_high;
    return !exchange->full;
}

void http_stream_end(struct http_exchange *exchange, bool clean)
{
    assert(exchange->streaming && !exchange->answered);
    exchange->failed = !clean;
    if (!exchange->bodyless)
        add(out_of(exchange), "0\r\n\r\n", 5);
    conn_answered(exchange);
}

/* ---- what the server itself says ---- */

void respond_refusal(struct http_exchange *exchange, int status)
{
    const struct http_server *server = exchange->conn->server;
    const char *type = NULL;
    if (!*exchange->request.id) {
        struct uuid id = uuid_new();
        char *text = arena_alloc(exchange->arena, UUID_LEN + 1);
        uuid_format(text, &id);
        exchange->request.id = text;
    }
    struct buf *body = http_body(exchange);
    if (server->handler->on_refused)
        type = server->handler->on_refused(server->owner, exchange, status, body);
    http_respond_body(exchange, status, type);
}

void respond_continue(struct http_exchange *exchange)
{
    static const char line[] = "HTTP/1.1 100 Continue\r\n\r\n";
    add(out_of(exchange), line, sizeof line - 1);
    loop_late(exchange->conn->server->loop, &exchange->conn->late);
}
