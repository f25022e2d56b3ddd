#include "routes/relay.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/shared_ids.h"
#include "loop/fetch.h"
#include "routes/runs.h"

enum { MOST_RELAYED = 100000, CONNECT_MS = 5000, ANSWER_MS = 30000 };

struct relays {
    struct service inner; /* for the others: it passes nothing on */
    struct fetch_pool *pool;
    struct shared_ids *ids;
    const char *folder;
};

/* A request that is passed on; lives in the arena of its exchange. */
struct relay {
    const struct route *route;
    struct http_exchange *exchange;
    struct fetch *fetch;
    bool began; /* the answer */
};

char *relay_path(const char *folder, pid_t pid)
{
    return mem_printf("%s/%d", folder, (int)pid);
}

struct relays *relays_new(const struct service *service, const struct http_limits *limits,
                          struct shared_ids *ids, const char *folder)
{
    const struct fetch_pool_options pool = {.max_connections = MOST_RELAYED, .max_idle = 1};
    char why[256] = "the event loop refuses it";
    int fd, port = 0;
    char *path = relay_path(folder, getpid());
    char *host = mem_printf("unix:%s", path);
    struct relays *relays = mem_zalloc(1, sizeof *relays);
    relays->ids = ids;
    relays->folder = folder;
    relays->inner = *service;
    relays->inner.relayed = true;
    relays->inner.counts = NULL; /* the worker that passes a request on counts it */
    service_open(&relays->inner, limits);
    relays->pool = fetch_pool_new(service->loop, &pool);
    if (net_bind(&fd, host, &port, why) != LS_OK ||
        http_server_listen(relays->inner.http, fd) != LS_OK) {
        log_event(LOG_ERROR, "relay_failed", "%s", why);
        relays_free(&relays);
    }
    free(host);
    free(path);
    return relays;
}

void relays_drain(struct relays *relays, void (*fn)(void *owner), void *owner)
{
    http_server_drain(relays->inner.http, fn, owner);
}

void relays_free(struct relays **relays)
{
    if (!*relays)
        return;
    http_server_free(&(*relays)->inner.http);
    fetch_pool_free(&(*relays)->pool);
    free(*relays);
    *relays = NULL;
}

/* ---- the answer ---- */

static void on_head(void *owner, struct fetch *fetch, int status)
{
    static const char *const kept[] = {"cache-control", "x-accel-buffering"};
    struct relay *relay = owner;
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
        const char *value = fetch_header(fetch, kept[i]);
        if (value)
            (void)http_add_header(relay->exchange, kept[i], value);
    }
    http_note(relay->exchange, "relayed");
    http_stream_start(relay->exchange, status, fetch_header(fetch, "content-type"));
    relay->began = true;
}

static bool on_data(void *owner, struct fetch *fetch, const char *data, size_t len)
{
    (void)fetch;
    return http_stream_write(((struct relay *)owner)->exchange, data, len);
}

static void on_done(void *owner, const struct fetch_result *result)
{
    struct relay *relay = owner;
    if (relay->began)
        http_stream_end(relay->exchange, result->err == LS_OK);
    else
        runs_reply_unknown(relay->exchange, relay->route->errors); /* the worker has just ended */
}

static const struct fetch_events events = {on_head, on_data, on_done};

static void on_gone(void *owner)
{
    fetch_stop(((struct relay *)owner)->fetch);
}

static void on_writable(void *owner)
{
    fetch_resume(((struct relay *)owner)->fetch);
}

/* ---- the request ---- */

/* What is about a connection, not about the request. */
static bool is_passed_on(const char *name)
{
    static const char *const others[] = {
        "connection",   "content-length",    "expect",
        "host",         "keep-alive",        "proxy-connection",
        "te",           "trailer",           "upgrade",
        "x-request-id", "transfer-encoding",
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (strcmp(name, others[i]) == 0)
            return false;
    return true;
}

static const char **headers_of(struct arena *arena, const struct http_request *request)
{
    const char **headers = arena_alloc(arena, (request->header_count + 3) * sizeof *headers);
    size_t count = 0;
    for (unsigned i = 0; i < request->header_count; i++)
        if (is_passed_on(request->headers[i].name))
            headers[count++] =
                arena_printf(arena, "%s: %s", request->headers[i].name, request->headers[i].value);
    headers[count++] = "connection: close";
    headers[count++] = arena_printf(arena, "x-request-id: %s", request->id);
    headers[count] = NULL;
    return headers;
}

/* The target from its path on: it may be a whole URL. */
static const char *path_of(const char *target)
{
    const char *scheme = *target == '/' ? NULL : strstr(target, "://");
    const char *path = scheme ? strchr(scheme + 3, '/') : target;
    return path ? path : "/";
}

bool relay_request(struct relays *relays, const struct route *route, struct http_exchange *exchange,
                   const struct uuid *id)
{
    pid_t pid = relays ? shared_ids_find(relays->ids, id) : 0;
    if (pid == 0 || pid == getpid())
        return false;
    const struct http_request *request = http_request(exchange);
    struct arena *arena = http_arena(exchange);
    char *path = relay_path(relays->folder, pid);
    const struct fetch_request passed = {
        .method = request->method,
        .url = arena_printf(arena, "http://worker%s", path_of(request->target)),
        .headers = headers_of(arena, request),
        .timeouts = {.connect = CONNECT_MS, .first_byte = ANSWER_MS},
        .unix_socket = path,
    };
    struct relay *relay = arena_zalloc(arena, sizeof *relay);
    relay->route = route;
    relay->exchange = exchange;
    relay->fetch = fetch_start(relays->pool, &passed, &events, relay);
    http_set_gone(exchange, on_gone, relay);
    http_set_writable(exchange, on_writable, relay);
    free(path);
    return true;
}
