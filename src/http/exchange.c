/* What handlers ask of an exchange, but for its answer (respond.c). */
#include <string.h>
#include <strings.h>

#include "http/http_internal.h"

enum { USUAL_HEADERS = 500 }; /* bytes that a handler adds */

const struct http_request *http_request(const struct http_exchange *exchange)
{
    return &exchange->request;
}

const char *http_request_header(const struct http_request *request, const char *name)
{
    for (unsigned i = 0; i < request->header_count; i++)
        if (strcmp(request->headers[i].name, name) == 0)
            return request->headers[i].value;
    return NULL;
}

struct arena *http_arena(struct http_exchange *exchange)
{
    return exchange->arena;
}

void http_set_gone(struct http_exchange *exchange, void (*on_gone)(void *owner), void *owner)
{
    exchange->on_gone = on_gone;
    exchange->gone_owner = owner;
}

void http_set_writable(struct http_exchange *exchange, void (*on_writable)(void *owner),
                       void *owner)
{
    exchange->on_writable = on_writable;
    exchange->writable_owner = owner;
}

void http_set_caller(struct http_exchange *exchange, const struct api_key *caller)
{
    exchange->request.caller = caller;
}

void http_note(struct http_exchange *exchange, const char *text)
{
    exchange->note = arena_strdup(exchange->arena, text);
}

void http_set_mark(struct http_exchange *exchange, void *mark)
{
    exchange->mark = mark;
}

void *http_mark(const struct http_exchange *exchange)
{
    return exchange->mark;
}

static bool is_ours(const char *name, size_t len)
{
    static const struct {
        const char *name;
        size_t len;
    } ours[] = {
        {"date", 4},          {"server", 6},          {"connection", 10},
        {"x-request-id", 12}, {"content-length", 14}, {"transfer-encoding", 17},
    };
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
        if (len == ours[i].len && strncasecmp(name, ours[i].name, len) == 0)
            return true;
    return false;
}

enum ls_err http_add_header(struct http_exchange *exchange, const char *name, const char *value)
{
    struct buf *added = &exchange->added;
    size_t name_len = strlen(name), value_len = strlen(value);
    if (name_len == 0 || check_token_span(name, name_len) != name_len ||
        check_value_span(value, value_len) != value_len || is_ours(name, name_len))
        return LS_BAD_VALUE;
    if (added->cap == 0)
        (void)buf_reserve(added, USUAL_HEADERS);
    char *line = buf_reserve(added, name_len + value_len + 4);
    if (!line)
        return LS_TOO_BIG;
    memcpy(line, name, name_len);
    memcpy(line + name_len, ": ", 2);
    memcpy(line + name_len + 2, value, value_len);
    memcpy(line + name_len + 2 + value_len, "\r\n", 2);
    buf_commit(added, name_len + value_len + 4);
    return LS_OK;
}

size_t http_pending(const struct http_exchange *exchange)
{
    bool first = exchange->conn->queue.next == &exchange->link;
    return first ? conn_waiting(exchange->conn) : exchange->held.len;
}
