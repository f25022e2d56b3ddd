#include "observe/tracing.h"

#include <stdlib.h>

#include "base/list.h"
#include "base/mem.h"

enum {
    QUEUE_BYTES = 32 << 20,
    BATCH_BYTES = 4 << 20, /* each of the two */
    LANGSMITH_ITEMS = 400,
    LANGSMITH_DELAY_MS = 500,
    LANGSMITH_TIMEOUT_MS = 10000,
    OTLP_ITEMS = 512,
    DRAIN_MS = 5000,
};

enum { LANGSMITH, OTLP, SINKS };

struct tracing {
    const struct tracing_options *options;
    struct fetch_pool *pool; /* its own, so that no run waits for its connections */
    struct arena *arena;
    struct exporter_options sinks[SINKS];
    struct exporter *exporters[SINKS]; /* NULL: it is not on */
    unsigned draining;                 /* exporters that are not empty yet */
    struct timer patience;
    void (*on_drained)(void *owner);
    void *drain_owner;
};

static void tell_drained(struct tracing *tracing)
{
    void (*done)(void *owner) = tracing->on_drained;
    tracing->on_drained = NULL;
    timer_stop(&tracing->patience);
    if (done)
        done(tracing->drain_owner);
}

static void on_patience_over(struct timer *timer)
{
    tell_drained(container_of(timer, struct tracing, patience));
}

static void end_langsmith(struct buf *batch, size_t before_len)
{
    (void)before_len;
    buf_add_str(batch, "]}");
}

static void set_langsmith(struct tracing *tracing, const struct langsmith_traces *traces)
{
    static const char before[] = "{\"post\":[";
    const char **headers = arena_zalloc(tracing->arena, 4 * sizeof *headers);
    headers[0] = "Content-Type: application/json";
    headers[1] = "User-Agent: langserved/" LS_VERSION;
    headers[2] = traces->key ? arena_printf(tracing->arena, "x-api-key: %s", traces->key) : NULL;
    tracing->sinks[LANGSMITH] = (struct exporter_options){
        .name = "LangSmith",
        .url = arena_printf(tracing->arena, "%s/runs/batch", traces->url),
        .headers = headers,
        .before = before,
        .before_len = sizeof before - 1,
        .between = ",",
        .end_batch = end_langsmith,
        .queue_bytes = QUEUE_BYTES,
        .batch_bytes = BATCH_BYTES,
        .batch_items = LANGSMITH_ITEMS,
        .delay = LANGSMITH_DELAY_MS,
        .timeout = LANGSMITH_TIMEOUT_MS,
    };
}

static void set_otlp(struct tracing *tracing, const struct otlp_traces *traces)
{
    tracing->sinks[OTLP] = (struct exporter_options){
        .name = "OpenTelemetry",
        .url = traces->url,
        .headers = traces->headers,
        .before = traces->before,
        .before_len = traces->before_len,
        .between = traces->format->between,
        .end_batch = traces->format->end_batch,
        .queue_bytes = QUEUE_BYTES,
        .batch_bytes = BATCH_BYTES,
        .batch_items = OTLP_ITEMS,
        .delay = traces->delay,
        .timeout = traces->timeout,
    };
}

struct tracing *tracing_new(struct loop *loop, const struct tracing_options *options)
{
    const struct fetch_pool_options pool = {.max_connections = 4, .max_idle = 4};
    if (!options->langsmith && !options->otlp)
        return NULL;
    struct tracing *tracing = mem_zalloc(1, sizeof *tracing);
    tracing->options = options;
    tracing->arena = arena_new(0);
    tracing->pool = fetch_pool_new(loop, &pool);
    timer_init(&tracing->patience, loop, on_patience_over);
    if (options->langsmith)
        set_langsmith(tracing, options->langsmith);
    if (options->otlp)
        set_otlp(tracing, options->otlp);
    for (int i = 0; i < SINKS; i++)
        if (tracing->sinks[i].url)
            tracing->exporters[i] = exporter_new(loop, tracing->pool, &tracing->sinks[i]);
    return tracing;
}

/* What LangServe adds to the metadata of the runs of a request, and shows to LangSmith alone. */
static json_t *about_request(const struct http_request *request, const char *endpoint)
{
    const char *agent = http_request_header(request, "user-agent");
    json_t *about = json_object();
    json_object_set_new(about, "__useragent", agent ? json_string(agent) : json_null());
    json_object_set_new(about, "__langserve_version", json_string("langserved " LS_VERSION));
    if (endpoint)
        json_object_set_new(about, "__langserve_endpoint", json_string(endpoint));
    return about;
}

void tracing_run(struct tracing *tracing, struct run *run, const struct http_request *request,
                 const char *endpoint)
{
    const struct langsmith_traces *langsmith = tracing->options->langsmith;
    if (langsmith && langsmith_samples(langsmith))
        langsmith_trace(tracing->exporters[LANGSMITH], langsmith, run,
                        about_request(request, endpoint));
    if (!tracing->options->otlp)
        return;
    bool sampled = otlp_samples(tracing->options->otlp, run_trace(run));
    run->trace.flags =
        (uint8_t)((run->trace.flags & ~TRACE_SAMPLED) | (sampled ? TRACE_SAMPLED : 0));
    if (sampled)
        otlp_trace(tracing->exporters[OTLP], tracing->options->otlp, run);
}

bool tracing_wants_request(const struct tracing *tracing, const struct http_request *request)
{
    const struct otlp_traces *otlp = tracing->options->otlp;
    return otlp && *request->trace.trace_id && otlp_samples(otlp, &request->trace);
}

void tracing_request(struct tracing *tracing, const struct http_record *record, const char *route,
                     const char *client)
{
    otlp_tell_request(tracing->exporters[OTLP], tracing->options->otlp, record, route, client);
}

static void on_flushed(void *owner)
{
    struct tracing *tracing = owner;
    if (--tracing->draining == 0)
        tell_drained(tracing);
}

void tracing_drain(struct tracing *tracing, void (*done)(void *owner), void *owner)
{
    tracing->on_drained = done;
    tracing->drain_owner = owner;
    timer_start(&tracing->patience, DRAIN_MS);
    for (int i = 0; i < SINKS; i++) {
        if (!tracing->exporters[i])
            continue;
        tracing->draining++;
        exporter_flush(tracing->exporters[i], on_flushed, tracing);
    }
}

void tracing_stop(struct tracing *tracing)
{
    timer_stop(&tracing->patience);
    for (int i = 0; i < SINKS; i++)
        if (tracing->exporters[i])
            exporter_stop(tracing->exporters[i]);
    fetch_pool_free(&tracing->pool);
}

void tracing_free(struct tracing **tracing)
{
    for (int i = 0; i < SINKS; i++)
        if ((*tracing)->exporters[i])
            exporter_free(&(*tracing)->exporters[i]);
    struct arena *arena = (*tracing)->arena;
    arena_free_secret(&arena);
    free(*tracing);
    *tracing = NULL;
}
