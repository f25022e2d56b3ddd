/* From bytes to a request: llhttp reads a copy of the head that lives with the exchange, and the
 * strings of the request are made in place there. */
#include <string.h>

#include "base/id.h"
#include "http/http_internal.h"

enum { ROOM = 768 /* for what is small: the path, the id, added headers */ };

struct http_exchange *exchange_new(struct http_conn *conn, size_t head_len, unsigned lines)
{
    size_t headers = lines * sizeof(struct http_header);
    struct arena *arena = arena_new(sizeof(struct http_exchange) + 2 * head_len + headers + ROOM);
    struct http_exchange *exchange = arena_zalloc(arena, sizeof *exchange);
    exchange->conn = conn;
    exchange->arena = arena;
    exchange->headers = arena_alloc(arena, headers);
    exchange->header_room = lines;
    exchange->request = (struct http_request){
        .method = "",
        .target = "",
        .path = "/",
        .path_len = 1,
        .query = "",
        .body = "",
        .headers = exchange->headers,
        .peer = conn->transport->peer(conn->pipe),
        .id = "",
        .began_us = conn->began_us,
    };
    buf_init(&exchange->in, conn->server->limits.max_body);
    buf_init(&exchange->body, (size_t)64 << 20);
    buf_init(&exchange->added, 65536);
    buf_init(&exchange->held, SIZE_MAX / 2); /* bounded by what handlers answer, and by FULL */
    list_append(&conn->queue, &exchange->link);
    conn->queued++;
    return exchange;
}

/* ---- what llhttp calls; the pieces of a head are never split ---- */

static struct http_exchange *incoming(const llhttp_t *parser)
{
    return ((struct http_conn *)parser->data)->incoming;
}

static int on_url(llhttp_t *parser, const char *at, size_t len)
{
    struct http_exchange *exchange = incoming(parser);
    exchange->request.target = arena_strndup(exchange->arena, at, len);
    return 0;
}

static char *own(const char *text)
{
    return (char *)text; /* in our copy of the head */
}

/* Makes strings of the header that llhttp has passed by now. */
static void end_header(struct http_exchange *exchange)
{
    if (exchange->request.header_count == 0)
        return;
    const struct http_header *header = &exchange->headers[exchange->request.header_count - 1];
    char *name = own(header->name), *value = own(header->value);
    for (size_t i = 0; i < exchange->name_len; i++)
        if (name[i] >= 'A' && name[i] <= 'Z')
            name[i] = (char)(name[i] | 0x20);
    name[exchange->name_len] = '\0';
    size_t len = exchange->value_len;
    if (len == 0)
        return; /* "", which is not ours */
    while (len > 0 && (value[len - 1] == ' ' || value[len - 1] == '\t'))
        len--;
    value[len] = '\0';
}

static int on_header_field(llhttp_t *parser, const char *at, size_t len)
{
    struct http_exchange *exchange = incoming(parser);
    if (((struct http_conn *)parser->data)->phase != PHASE_HEAD)
        return 0; /* trailers mean nothing to us */
    end_header(exchange);
    if (exchange->request.header_count == exchange->header_room)
        return -1;
    struct http_header *header = &exchange->headers[exchange->request.header_count++];
    *header = (struct http_header){at, ""};
    exchange->name_len = len;
    exchange->value_len = 0;
    return 0;
}

static int on_header_value(llhttp_t *parser, const char *at, size_t len)
{
    struct http_exchange *exchange = incoming(parser);
    if (((struct http_conn *)parser->data)->phase != PHASE_HEAD)
        return 0;
    if (len > 0)
        exchange->headers[exchange->request.header_count - 1].value = at;
    exchange->value_len = len;
    return 0;
}

static int on_headers_complete(llhttp_t *parser)
{
    end_header(incoming(parser));
    parser->upgrade = 0; /* we speak nothing else */
    return 0;
}

static int on_body(llhttp_t *parser, const char *at, size_t len)
{
    return buf_add(&incoming(parser)->in, at, len) == LS_OK ? 0 : -1;
}

static int on_message_complete(llhttp_t *parser)
{
    incoming(parser)->read = true;
    return 0;
}

static const llhttp_settings_t settings = {
    .on_url = on_url,
    .on_header_field = on_header_field,
    .on_header_value = on_header_value,
    .on_headers_complete = on_headers_complete,
    .on_body = on_body,
    .on_message_complete = on_message_complete,
};

/* ---- heads ---- */

static const char *new_id(struct arena *arena)
{
    struct uuid id = uuid_new();
    char *text = arena_alloc(arena, UUID_LEN + 1);
    uuid_format(text, &id);
    return text;
}

/* The values of all headers of that name as one list, in the arena; NULL: there is none. */
static const char *header_list(struct http_exchange *exchange, const char *name)
{
    const char *list = NULL;
    for (unsigned i = 0; i < exchange->request.header_count; i++) {
        const struct http_header *header = &exchange->headers[i];
        if (strcmp(header->name, name) == 0)
            list =
                list ? arena_printf(exchange->arena, "%s,%s", list, header->value) : header->value;
    }
    return list;
}

/* Two of `traceparent` make a list, which is none. */
static void read_trace(struct http_exchange *exchange)
{
    struct trace_context *trace = &exchange->request.trace;
    const char *parent = header_list(exchange, "traceparent");
    if (parent && trace_context_read(trace, parent)) {
        const char *state = header_list(exchange, "tracestate");
        trace->state = state && trace_state_is_valid(state) ? state : NULL;
    } else {
        trace_context_begin(trace);
    }
    trace_context_enter(trace);
}

/* The path and query, decoded as server.h says. */
static int read_target(struct http_exchange *exchange)
{
    struct http_request *request = &exchange->request;
    struct target_parts parts;
    int status = check_target(request->method, request->target, exchange->facts.host, &parts);
    if (status)
        return status;
    char *path = arena_alloc(exchange->arena, parts.path_len + 1);
    if (!check_decode_path(path, &request->path_len, parts.path, parts.path_len))
        return 400;
    request->path = path;
    request->query = parts.query;
    return 0;
}

/* Whether llhttp expects the same body as the rules of ours. */
static bool agrees(const struct http_conn *conn)
{
    const struct http_exchange *exchange = conn->incoming;
    const struct head_facts *facts = &exchange->facts;
    bool has_body = facts->chunked || facts->length > 0;
    return exchange->request.header_count == conn->guard.lines && exchange->read == !has_body &&
           !!(conn->parser.flags & F_CHUNKED) == facts->chunked &&
           (!has_body || facts->chunked || conn->parser.content_length == facts->length);
}

static int check_head(struct http_conn *conn)
{
    struct http_exchange *exchange = conn->incoming;
    struct head_facts *facts = &exchange->facts;
    int status =
        check_headers(exchange->headers, exchange->request.header_count, exchange->http10, facts);
    exchange->request.id = facts->id ? facts->id : new_id(exchange->arena);
    read_trace(exchange);
    exchange->keep_alive = !facts->close && (!exchange->http10 || facts->keep_alive);
    if (!status && strcmp(exchange->request.method, "CONNECT") == 0)
        status = 501;
    if (!status)
        status = read_target(exchange);
    if (!status && facts->length > conn->server->limits.max_body)
        status = 413;
    return status;
}

/* llhttp knows a list of methods.  Any other is one that no handler takes, and is read as though
 * it were POST: then its answer is a 405, with what is allowed. */
static llhttp_errno_t parse_other_method(struct http_conn *conn, const char *head, size_t len)
{
    struct http_exchange *exchange = conn->incoming;
    size_t method_len = strcspn(head, " ");
    exchange->request.method = arena_strndup(exchange->arena, head, method_len);
    exchange->request.header_count = 0;
    llhttp_reset(&conn->parser);
    llhttp_execute(&conn->parser, "POST", 4);
    return llhttp_execute(&conn->parser, head + method_len, len - method_len);
}

int parse_head(struct http_conn *conn, const char *head, size_t len)
{
    struct http_exchange *exchange = exchange_new(conn, len, conn->guard.lines);
    char *copy = arena_strndup(exchange->arena, head, len);
    conn->incoming = exchange;
    llhttp_init(&conn->parser, HTTP_REQUEST, &settings);
    conn->parser.data = conn;
    exchange->http10 = conn->guard.version[7] == '0';
    llhttp_errno_t err = llhttp_execute(&conn->parser, copy, len);
    if (err == HPE_OK)
        exchange->request.method = llhttp_method_name(llhttp_get_method(&conn->parser));
    else if (err == HPE_INVALID_METHOD || err == HPE_INVALID_CONSTANT)
        err = parse_other_method(conn, copy, len);
    if (err != HPE_OK) {
        exchange->request.method = "";
        exchange->request.header_count = 0; /* the last may lack its end */
        exchange->request.id = new_id(exchange->arena);
        return 400;
    }
    int status = check_head(conn);
    return status || agrees(conn) ? status : 400;
}

int parse_body(struct http_conn *conn, const char *data, size_t len, bool last)
{
    if (llhttp_execute(&conn->parser, data, len) != HPE_OK)
        return 400;
    return conn->incoming->read == last ? 0 : 400;
}
