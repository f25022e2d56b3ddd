/* Any bytes as the body of a request to each endpoint of a small app: an answer of 2xx or 4xx, or a
 * 500 that a chain gives by design; the run ends and everything is let go of.
 *
 * The first byte of the input chooses the endpoint. */
#include <assert.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "base/log.h"
#include "far_end.h"
#include "routes/service.h"
#include "yaml/yaml_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char app_text[] =
    "models: {echo: {provider: fake, echo: true}}\n"
    "routes:\n"
    "  /translate: {chain: [{prompt: 'To {language}: {text}'}, echo, str]}\n"
    "  /chat: echo\n"
    "  /json: {chain: [echo, json]}\n"
    "  /list: {chain: [echo, list]}\n"
    "  /parallel: {chain: {parallel: {a: passthrough, b: {pick: x}}}}\n"
    "  /assign: {chain: {assign: {y: {pick: x}}}}\n"
    "  /messages: {chain: {prompt: [{placeholder: h, optional: true}, [human, '{q!r:>10}']]}}\n"
    "  /typed: {chain: passthrough, config_keys: [tags, metadata, run_id, max_concurrency],\n"
    "           input: {type: object, properties: {i: {type: integer}, n: {type: [number, "
    "'null']},\n"
    "           s: {type: string, minLength: 1}, l: {type: array, items: {type: boolean}},\n"
    "           e: {enum: [a, 1]}}, required: [i]}}\n"
    "  /rest: {chain: passthrough, as: rest}\n"
    "  /sent: {chain: passthrough, config_from: {metadata.n: {header: content-length, type: "
    "number}}}\n"
    "  /chosen: {chain: {chain: echo, configurable: {alternatives: {id: m, default: a, options:\n"
    "            {b: {prompt: '{x}'}}}}}, config_keys: [configurable, tags, metadata]}\n";

static const char *const paths[] = {
    "/translate/invoke",
    "/translate/stream",
    "/translate/batch",
    "/chat/invoke",
    "/chat/stream",
    "/json/invoke",
    "/json/stream",
    "/list/stream",
    "/parallel/invoke",
    "/parallel/stream",
    "/assign/stream",
    "/messages/invoke",
    "/typed/invoke",
    "/typed/batch",
    "/rest",
    "/sent/invoke",
    "/chosen/invoke",
    "/chosen/c/N4XyA/batch",
    "/chosen/c/N4Igxg9gdgZglgcwK4CcCGAjANgUxALlAFsCQMQBfAGhABc0EBnAgbTpAF0Kg/invoke",
};

enum { PATHS = sizeof paths / sizeof paths[0], MAX_ANSWER = 64 << 20 };

struct client {
    struct far_end end;
    struct buf got;
};

static bool client_write(void *pipe, const char *data, size_t len)
{
    buf_add(&((struct client *)pipe)->got, data, len);
    return true;
}

static size_t client_pending(void *pipe)
{
    (void)pipe;
    return 0;
}

static void client_read(void *pipe)
{
    (void)pipe;
}

static const struct transport_ops transport = {
    client_write,  client_pending, client_read,  client_read,
    far_end_close, far_end_finish, far_end_peer, client_pending,
};

static struct app *the_app(void)
{
    static struct app *app;
    if (app)
        return app;
    struct problems problems;
    struct arena *arena = arena_new(0);
    problems_init(&problems);
    log_setup(open("/dev/null", O_WRONLY), LOG_JSON, LOG_ERROR);
    const struct node *root =
        yaml_read(arena, "fuzz.yaml", app_text, sizeof app_text - 1, &problems);
    app = app_build(arena, root, &problems);
    assert(app);
    problems_fini(&problems);
    return app;
}

static void send(struct client *client, const char *path, const uint8_t *body, size_t len)
{
    struct buf request;
    buf_init(&request, MAX_ANSWER);
    buf_printf(&request, "POST %s HTTP/1.1\r\nhost: a\r\ncontent-length: %zu\r\n\r\n", path, len);
    buf_add(&request, body, len);
    http_conn_events.on_data(client->end.conn, request.data, request.len);
    buf_fini(&request);
}

/* What fails here fails by its own nature: a pick from what is no object, text that is no JSON. */
static void check_answer(const struct client *client)
{
    static const char begin[] = "HTTP/1.1 ";
    assert(client->got.len > sizeof begin + 2);
    assert(memcmp(client->got.data, begin, sizeof begin - 1) == 0);
    char first = client->got.data[sizeof begin - 1];
    assert(first == '2' || first == '4' || first == '5');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct client client;
    struct service service;
    buf_init(&client.got, MAX_ANSWER);
    far_end_init(&client.end);
    service_init(&service, client.end.loop, the_app()->site, NULL, NULL);
    client.end.conn = conn_new(service.http, &transport, &client);
    send(&client, paths[data[0] % PATHS], data + 1, size - 1);
    loop_advance(client.end.loop, 20000);
    check_answer(&client);
    service_fini(&service);
    while (loop_turn(client.end.loop))
        continue;
    buf_fini(&client.got);
    loop_free(&client.end.loop);
    return 0;
}
