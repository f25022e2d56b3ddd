#include "stages/remote.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "models/upstream.h"
#include "run/gather.h"
#include "run/run.h"
#include "schema/schema.h"
#include "stages/remote_join.h"

enum {
    MAX_REQUEST = 64 << 20,
    MAX_TEXT = 2000,      /* bytes of what is told of the other server's words on a failure */
    MAX_WORDS = 64 << 10, /* bytes of them that are looked at */
};

struct remote {
    struct runnable runnable;
    char *url;                 /* without a slash at its end */
    char **headers;            /* "Name: value"; ends with NULL */
    struct remote_setup setup; /* `headers` there is NULL */
};

struct remote_stage {
    struct upstream upstream;
    const struct remote *remote;
    json_t *config;   /* of the call */
    struct uuid step; /* whose span the request is */
    struct remote_join join;
};

/* Blots out what `headers:` sends, where the other server repeats it: a value as a whole, and the
 * word at its end, which of "Bearer …" is the secret.  Short ones are words of messages too. */
static void hide_headers(const struct remote *remote, char *text)
{
    for (char **header = remote->headers; *header; header++) {
        const char *value = strchr(*header, ':') + 2, *word = strrchr(value, ' ');
        if (strlen(value) >= TEXT_LEAST_SECRET)
            text_hide(text, strlen(text), value);
        if (word && strlen(word + 1) >= TEXT_LEAST_SECRET)
            text_hide(text, strlen(text), word + 1);
    }
}

/* What a server's 422 says of the input; NULL: nothing that is known. */
static char *validation_text(struct arena *arena, const char *body, size_t len)
{
    json_t *read = NULL;
    if (json_read(&read, body, len, NULL) != LS_OK)
        return NULL;
    char *text = schema_errors_text(json_object_get(read, "detail"));
    char *kept = arena_strdup(arena, text);
    free(text);
    json_decref(read);
    return kept;
}

/* An error that the other server tells of: {"status_code", "message"}, {"detail"}, or text. */
static struct outcome failure(struct upstream *upstream, int status, const char *body, size_t len)
{
    struct arena *arena = upstream->scope->arena;
    const struct remote *remote =
        container_of(upstream, const struct remote_stage, upstream)->remote;
    char *text = status == 422 ? validation_text(arena, body, len) : NULL;
    if (text) {
        hide_headers(remote, text);
        return outcome_error(LS_BAD_INPUT, text);
    }
    enum ls_err err = status == 429                    ? LS_UPSTREAM_RATE_LIMIT
                      : status == 401 || status == 403 ? LS_UPSTREAM_AUTH
                      : status == 408 || status == 504 ? LS_UPSTREAM_TIMEOUT
                      : status >= 400 && status < 500  ? LS_UPSTREAM_REFUSED
                                                       : LS_UPSTREAM;
    text = arena_printf(arena, "the server answered %d: %.*s", status,
                        (int)(len < MAX_WORDS ? len : MAX_WORDS), body);
    hide_headers(remote, text);
    text_shorten(text, MAX_TEXT);
    return outcome_error(err, text);
}

static void on_error_event(struct upstream *upstream, const struct sse_event *event)
{
    json_t *error = NULL;
    int status = 500;
    if (json_read(&error, event->data, event->len, NULL) == LS_OK &&
        json_is_integer(json_object_get(error, "status_code")))
        status = (int)json_integer_value(json_object_get(error, "status_code"));
    json_decref(error);
    struct outcome outcome = failure(upstream, status, event->data, event->len);
    upstream_fail(upstream, &outcome);
}

static void on_data_event(struct upstream *upstream, const struct sse_event *event)
{
    json_t *value = NULL;
    const char *why = NULL;
    if (json_read(&value, event->data, event->len, &why) != LS_OK) {
        struct outcome outcome =
            outcome_error(LS_UPSTREAM,
                          arena_printf(upstream->scope->arena, "an event of the stream: %s", why));
        upstream_fail(upstream, &outcome);
        return;
    }
    struct remote_stage *stage = container_of(upstream, struct remote_stage, upstream);
    struct chunk chunk = remote_join_chunk(&stage->join, value);
    upstream_push_chunk(upstream, &chunk);
    json_decref(value);
}

static void on_event(struct upstream *upstream, const struct sse_event *event)
{
    if (strcmp(event->type, "data") == 0)
        on_data_event(upstream, event);
    else if (strcmp(event->type, "error") == 0)
        on_error_event(upstream, event);
    else if (strcmp(event->type, "end") == 0)
        upstream_end(upstream);
}

static struct outcome on_finish(struct upstream *upstream)
{
    return upstream->complete
               ? outcome_well
               : outcome_error(LS_UPSTREAM, "the server's stream broke off before its end");
}

static struct outcome on_whole(struct upstream *upstream, const char *body, size_t len)
{
    json_t *answer = NULL;
    const char *why = "it holds no output";
    json_t *output = NULL;
    if (json_read(&answer, body, len, &why) == LS_OK)
        output = json_object_get(answer, "output");
    if (output)
        upstream_push(upstream, output);
    json_decref(answer);
    return output ? outcome_well
                  : outcome_error(LS_UPSTREAM, arena_printf(upstream->scope->arena,
                                                            "the server's answer: %s", why));
}

static const struct upstream_ops upstream_ops = {NULL, on_event, on_finish, on_whole, failure};

/* The other server's runs are part of this run's trace. */
static const char *traceparent(const struct remote_stage *stage, const struct trace_context *trace)
{
    char parent[TRACEPARENT_LEN + 1];
    trace_context_format(parent, trace, &stage->step);
    return arena_printf(stage->upstream.scope->arena, "traceparent: %s", parent);
}

static const char *const *headers_of(const struct remote_stage *stage)
{
    const struct remote *remote = stage->remote;
    struct arena *arena = stage->upstream.scope->arena;
    const struct trace_context *trace = run_trace(stage->upstream.scope->run);
    size_t count = 0;
    while (remote->headers[count])
        count++;
    const char **headers = arena_zalloc(arena, (count + 6) * sizeof *headers);
    headers[0] = "Content-Type: application/json";
    headers[1] =
        stage->upstream.streaming ? "Accept: text/event-stream" : "Accept: application/json";
    headers[2] = "User-Agent: langserved/" LS_VERSION;
    memcpy(headers + 3, remote->headers, count * sizeof *headers);
    headers[3 + count] = traceparent(stage, trace);
    if (trace->state)
        headers[4 + count] = arena_printf(arena, "tracestate: %s", trace->state);
    return headers;
}

static void ask(struct remote_stage *stage, json_t *input)
{
    struct upstream *upstream = &stage->upstream;
    struct arena *arena = upstream->scope->arena;
    json_auto_t *request =
        json_pack("{s:O,s:O,s:{}}", "input", input, "config", stage->config, "kwargs");
    struct buf body;
    buf_init(&body, MAX_REQUEST);
    if (json_print(&body, request, JSON_WIRE) != LS_OK) {
        sink_fail(upstream->source.out, LS_TOO_BIG, "the input is too large for a request");
    } else {
        const struct upstream_request asked = {
            .url = arena_printf(arena, "%s/%s", stage->remote->url,
                                upstream->streaming ? "stream" : "invoke"),
            .headers = headers_of(stage),
            .body = arena_strndup(arena, buf_str(&body), body.len),
            .body_len = body.len,
            .timeouts = stage->remote->setup.timeouts,
            .max_retries = stage->remote->setup.max_retries,
            .public_only = stage->remote->setup.public_only,
        };
        upstream_start(upstream, &asked);
    }
    buf_fini(&body);
}

static void on_input(void *owner, json_t *value, const struct outcome *outcome)
{
    struct remote_stage *stage = owner;
    json_auto_t *input = value ? json_incref(value) : json_null();
    if (outcome->kind != OUTCOME_WELL)
        sink_done(stage->upstream.source.out, outcome);
    else
        ask(stage, input);
}

static void drop_join(void *ptr)
{
    remote_join_fini(ptr);
}

static struct sink *remote_open(const struct runnable *runnable, struct scope *scope,
                                const struct call *call, struct sink *out)
{
    struct remote_stage *stage = arena_alloc(scope->arena, sizeof *stage);
    stage->remote = container_of(runnable, const struct remote, runnable);
    stage->config = arena_give_json(scope->arena, call_config(call, runnable));
    stage->step = call_run_id(call);
    stage->join = (struct remote_join){0};
    arena_defer(scope->arena, drop_join, &stage->join);
    upstream_init(&stage->upstream, &upstream_ops, scope, call->streaming, out);
    stage->upstream.reader.bare = true; /* LangServe's `end` has no data */
    return gather_sink(scope, on_input, stage);
}

static void remote_fini(struct runnable *runnable)
{
    struct remote *remote = container_of(runnable, struct remote, runnable);
    for (char **header = remote->headers; *header; header++)
        mem_free_secret(*header);
    free(remote->headers);
    mem_free_secret(remote->url);
}

static const struct runnable_ops remote_ops = {
    .type = "RemoteRunnable",
    .reads_config = true,
    .step = STEP_CHAIN,
    .trace = TRACE_PASSING,
    .open = remote_open,
    .fini = remote_fini,
};

static char **print_headers(json_t *object)
{
    char **headers = mem_zalloc(json_object_size(object) + 1, sizeof *headers);
    size_t count = 0;
    const char *name;
    json_t *value;
    json_object_foreach(object, name, value)
        headers[count++] = mem_printf("%s: %s", name, json_string_value(value));
    return headers;
}

struct runnable *remote_new(const char *url, const struct remote_setup *setup)
{
    struct remote *remote = mem_alloc(sizeof *remote);
    size_t len = strlen(url);
    runnable_init(&remote->runnable, &remote_ops, NULL);
    remote->url = mem_strndup(url, len > 0 && url[len - 1] == '/' ? len - 1 : len);
    remote->headers = print_headers(setup->headers);
    remote->setup = *setup;
    remote->setup.headers = NULL;
    return &remote->runnable;
}
