/* Any bytes, in any cuts, from a client that reads at any pace: the server neither crashes nor
 * answers more than it was asked, and lets go of everything.
 *
 * The first byte of the input seeds the cuts and what the client does in between. */
#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "far_end.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct client {
    struct far_end end;
    struct http_server *server;
    uint32_t seed;
    size_t kept;
    bool reading;
    struct http_exchange *later;
    unsigned begun, over;
};

static uint32_t draw(struct client *client)
{
    client->seed = client->seed * 1664525u + 1013904223u;
    return client->seed >> 16;
}

static bool client_write(void *pipe, const char *data, size_t len)
{
    struct client *client = pipe;
    assert(client->kept == 0 && !client->end.leaving && len > 0 && data);
    client->kept = draw(client) % 4 == 0 ? len : 0;
    return client->kept == 0;
}

static size_t client_pending(void *pipe)
{
    return ((struct client *)pipe)->kept;
}

static void client_read_start(void *pipe)
{
    ((struct client *)pipe)->reading = true;
}

static void client_read_stop(void *pipe)
{
    ((struct client *)pipe)->reading = false;
}

static const struct transport_ops transport = {
    client_write,  client_pending, client_read_start, client_read_stop,
    far_end_close, far_end_finish, far_end_peer,      client_pending,
};

static void on_gone(void *owner)
{
    ((struct client *)owner)->later = NULL;
}

static void answer_later(struct client *client)
{
    struct http_exchange *exchange = client->later;
    client->later = NULL;
    if (exchange)
        http_respond(exchange, 200, "text/plain", "later", 5);
}

static void check_request(const struct http_request *request)
{
    assert(request->path_len == strlen(request->path));
    assert(*request->path == '/' || strcmp(request->path, "*") == 0);
    assert(request->body[request->body_len] == '\0');
    assert(check_is_id(request->id));
    for (unsigned i = 0; i < request->header_count; i++) {
        assert(check_is_token(request->headers[i].name));
        assert(check_is_value(request->headers[i].value));
    }
}

static void on_request(void *owner, struct http_exchange *exchange)
{
    struct client *client = owner;
    const struct http_request *request = http_request(exchange);
    check_request(request);
    client->begun++;
    switch (draw(client) % 3) {
    case 0: http_respond(exchange, 200, "text/plain", request->body, request->body_len); break;
    case 1:
        http_stream_start(exchange, 200, "text/plain");
        http_stream_write(exchange, request->body, request->body_len);
        http_stream_end(exchange, true);
        break;
    default:
        answer_later(client);
        http_set_gone(exchange, on_gone, client);
        client->later = exchange;
    }
}

static const char *on_refused(void *owner, struct http_exchange *exchange, int status,
                              struct buf *out)
{
    (void)owner;
    assert(status >= 400 && *http_reason(status) && *http_request(exchange)->path == '/');
    buf_add_str(out, http_reason(status));
    return "text/plain";
}

static void on_record(void *owner, const struct http_record *record)
{
    (void)record;
    ((struct client *)owner)->over++;
}

static const struct http_handler handler = {on_request, on_refused, on_record};

/* What else may happen between two reads. */
static void happen(struct client *client)
{
    switch (draw(client) % 16) {
    case 0:
    case 1: answer_later(client); break;
    case 2: loop_advance(client->end.loop, 20000); break;
    case 3:
        if (draw(client) % 16 == 0)
            http_server_drain(client->server, NULL, NULL);
        break;
    default: loop_advance(client->end.loop, 0);
    }
    if (client->kept > 0 && client->end.conn && !client->end.leaving) {
        client->kept = 0;
        http_conn_events.on_drained(client->end.conn);
    }
}

static void feed(struct client *client, const char *data, size_t len)
{
    while (len > 0 && client->end.conn && !client->end.leaving) {
        size_t cut = draw(client) % 4 == 0 ? len : 1 + draw(client) % 32;
        cut = cut < len ? cut : len;
        if (client->reading) {
            /* a copy of exactly that size, so that reading beyond it is noticed */
            char *piece = memcpy(malloc(cut), data, cut);
            http_conn_events.on_data(client->end.conn, piece, cut);
            free(piece);
            data += cut;
            len -= cut;
        } else {
            answer_later(client);
        }
        happen(client);
    }
    if (client->end.conn && !client->end.leaving && draw(client) % 2)
        http_conn_events.on_ended(client->end.conn);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct http_limits limits = {
        .max_body = 4096, .max_head = 2048, .max_url = 512, .max_pipelined = 3, .write_high = 512};
    if (size == 0)
        return 0;
    struct client client = {.seed = data[0]};
    far_end_init(&client.end);
    client.server = http_server_new(client.end.loop, &limits, &handler, &client);
    client.end.conn = conn_new(client.server, &transport, &client);
    feed(&client, (const char *)data + 1, size - 1);
    http_server_free(&client.server);
    loop_advance(client.end.loop, 0);
    assert(!client.end.conn && client.over >= client.begun);
    loop_free(&client.end.loop);
    return 0;
}
