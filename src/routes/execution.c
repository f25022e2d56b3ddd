#include "routes/execution.h"

#include <string.h>

#include "observe/tracing.h"
#include "routes/counts.h"
#include "routes/quota.h"
#include "routes/request_log.h"

/* The endpoint that was asked: the last part of the path; NULL of a plain one. */
static const char *endpoint_of(const struct route *route, const struct http_exchange *exchange)
{
    const char *last = strrchr(http_request(exchange)->path, '/');
    return route->style == STYLE_LANGSERVE && last ? last + 1 : NULL;
}

void *execution_new(size_t size, struct service *service, const struct route *route,
                    const struct http_exchange *exchange, const struct ask *ask)
{
    struct run *run = run_new(service->loop, ask->config.has_run_id ? &ask->config.run_id : NULL);
    struct arena *arena = run_arena(run);
    struct execution *execution = arena_zalloc(arena, size);
    run->services = service->resources;
    run_set_trace(run, &http_request(exchange)->trace);
    run->request_id = arena_strdup(arena, http_request(exchange)->id);
    if (service->tracing)
        tracing_run(service->tracing, run, http_request(exchange), endpoint_of(route, exchange));
    request_note_run(exchange, run);
    quota_keep(service, arena);
    execution->service = service;
    execution->route = route;
    execution->run = run;
    execution->call = (struct call){
        .name = *route->path ? route->path : NULL,
        .tags = arena_hold_json(arena, ask->config.tags),
        .metadata = arena_hold_json(arena, ask->config.metadata),
        .config = arena_hold_json(arena, ask->config.config),
    };
    return execution;
}

static void on_gone(void *owner)
{
    struct execution *execution = owner;
    execution->exchange = NULL;
    run_cancel(execution->run, LS_CANCELLED);
}

void execution_attach(struct execution *execution, struct http_exchange *exchange)
{
    execution->exchange = exchange;
    http_set_gone(exchange, on_gone, execution);
}

static void drop_events(void *ptr)
{
    callback_events_fini(ptr);
}

void execution_list_events(struct execution *execution)
{
    if (!execution->route->callback_events)
        return;
    struct arena *arena = run_arena(execution->run);
    execution->events = arena_alloc(arena, sizeof *execution->events);
    callback_events_init(execution->events);
    arena_defer(arena, drop_events, execution->events);
    run_observe(execution->run, &execution->events->observer);
}

void execution_streams(struct execution *execution)
{
    counts_first_chunk(execution->service->counts, execution->route, execution->run);
}

void execution_ended(struct execution *execution, const struct http_exchange *exchange,
                     const struct outcome *outcome, bool streamed)
{
    if (exchange)
        request_note_ended(exchange, execution->run);
    counts_run(execution->service->counts, execution->route, execution->run, outcome, streamed);
}

void execution_start(struct execution *execution, json_t *input, struct sink *out)
{
    run_start(execution->run, execution->route->runnable, &execution->call, input, out);
}
