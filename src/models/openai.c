#include "models/openai.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/metrics.h"
#include "models/chat_model.h"
#include "models/openai_text.h"
#include "models/openai_wire.h"
#include "models/text_model.h"
#include "models/upstream.h"
#include "run/run.h"

enum { MAX_REQUEST = 64 << 20 };

/* What models of messages and of texts differ in. */
struct dialect {
    const char *path, *type; /* of the URL; what traces call such models */
    struct sink *(*input)(struct scope *scope, struct sink *out,
                          void (*fn)(void *owner, json_t *asked), void *owner);
    json_t *(*request)(const struct openai_options *options, json_t *kwargs, json_t *asked,
                       bool stream);
    json_t *(*whole)(const json_t *answer, const char *id, const char **why);
    bool (*answers)(const json_t *event);
    json_t *(*chunk)(const json_t *event, const char *id);
    json_t *(*last)(const char *id); /* the chunk behind a stream; NULL: none */
};

static const struct dialect chat = {
    .path = "/chat/completions",
    .type = "chat",
    .input = chat_model_input,
    .request = openai_request,
    .whole = openai_message,
    .answers = openai_answers,
    .chunk = openai_chunk,
    .last = chat_model_last_chunk,
};

static const struct dialect text = {
    .path = "/completions",
    .type = "llm",
    .input = text_model_input,
    .request = openai_text_request,
    .whole = openai_text_whole,
    .answers = openai_text_answers,
    .chunk = openai_text_chunk,
};

struct openai {
    struct runnable runnable;
    const struct dialect *dialect;
    struct openai_options options; /* texts and parameters are its own */
    char *url, *authorization;     /* the latter NULL without a key */
    char *probe_url;
    const char *probe_headers[2];
};

struct openai_stage {
    struct upstream upstream;
    const struct openai *openai;
    json_t *kwargs; /* of the call, or NULL; lives as long as the scope */
    const char *id; /* of the messages */
    bool answered;  /* a stream held a piece of an answer, not its usage alone */
};

static struct openai_stage *stage_of(struct upstream *upstream)
{
    return container_of(upstream, struct openai_stage, upstream);
}

static const struct dialect *dialect_of(struct upstream *upstream)
{
    return stage_of(upstream)->openai->dialect;
}

static void count_tokens(struct upstream *upstream, const char *kind, json_int_t tokens)
{
    const char *model = stage_of(upstream)->openai->options.model;
    if (tokens <= 0)
        return;
    struct series series = metric_series(metrics.model_tokens, (const char *[]){model, kind});
    series_add(&series, (double)tokens);
}

static void tally(struct upstream *upstream, const json_t *answer)
{
    const json_t *usage = json_object_get(answer, "usage");
    struct tally *sum = &upstream->scope->run->tally;
    json_int_t input = json_integer_value(json_object_get(usage, "prompt_tokens"));
    json_int_t output = json_integer_value(json_object_get(usage, "completion_tokens"));
    sum->input_tokens += input;
    sum->output_tokens += output;
    count_tokens(upstream, "input", input);
    count_tokens(upstream, "output", output);
}

/* Reads an answer or an event; what is no JSON, or tells of an error, is the outcome. */
static struct outcome read_json(struct upstream *upstream, const char *data, size_t len,
                                json_t **out)
{
    struct arena *arena = upstream->scope->arena;
    const char *why = NULL;
    if (json_read(out, data, len, &why) != LS_OK)
        return outcome_error(LS_UPSTREAM, arena_printf(arena, "the provider's answer: %s", why));
    const json_t *error = json_object_get(*out, "error");
    if (!error || json_is_null(error))
        return outcome_well;
    return openai_failure(arena, upstream->status, *out,
                          stage_of(upstream)->openai->options.api_key);
}

static void on_event(struct upstream *upstream, const struct sse_event *event)
{
    json_t *read = NULL;
    if (event->len == 6 && memcmp(event->data, "[DONE]", 6) == 0) {
        upstream_end(upstream);
        return;
    }
    struct outcome outcome = read_json(upstream, event->data, event->len, &read);
    json_t *chunk = NULL;
    if (outcome.kind != OUTCOME_WELL) {
        upstream_fail(upstream, &outcome);
    } else {
        struct openai_stage *stage = stage_of(upstream);
        stage->answered = stage->answered || dialect_of(upstream)->answers(read);
        chunk = dialect_of(upstream)->chunk(read, stage->id);
        tally(upstream, read);
    }
    json_decref(read);
    if (!chunk)
        return;
    upstream_push(upstream, chunk);
    json_decref(chunk);
}

static struct outcome on_finish(struct upstream *upstream)
{
    if (!stage_of(upstream)->answered)
        return outcome_error(LS_UPSTREAM, "the provider's stream holds no chunk of an answer");
    if (!dialect_of(upstream)->last)
        return outcome_well;
    json_auto_t *last = dialect_of(upstream)->last(stage_of(upstream)->id);
    upstream_push(upstream, last);
    return outcome_well;
}

static struct outcome on_whole(struct upstream *upstream, const char *body, size_t len)
{
    json_t *read = NULL, *whole = NULL;
    const char *why = NULL;
    struct outcome outcome = read_json(upstream, body, len, &read);
    if (outcome.kind == OUTCOME_WELL) {
        whole = dialect_of(upstream)->whole(read, stage_of(upstream)->id, &why);
        if (!whole)
            outcome = outcome_error(LS_UPSTREAM, why);
        else
            tally(upstream, read);
    }
    json_decref(read);
    if (!whole)
        return outcome;
    upstream_push(upstream, whole);
    json_decref(whole);
    return outcome;
}

static struct outcome on_refused(struct upstream *upstream, int status, const char *body,
                                 size_t len)
{
    json_t *read = NULL;
    if (json_read(&read, body, len, NULL) != LS_OK)
        read = NULL;
    struct outcome outcome = openai_failure(upstream->scope->arena, status, read,
                                            stage_of(upstream)->openai->options.api_key);
    json_decref(read);
    return outcome;
}

static const struct upstream_ops upstream_ops = {on_event, on_finish, on_whole, on_refused};

static const char *const *headers_of(struct arena *arena, const struct openai *openai,
                                     bool streaming)
{
    const char **headers = arena_zalloc(arena, 5 * sizeof *headers);
    headers[0] = "Content-Type: application/json";
    headers[1] = streaming ? "Accept: text/event-stream" : "Accept: application/json";
    headers[2] = "User-Agent: langserved/" LS_VERSION;
    headers[3] = openai->authorization;
    return headers;
}

static void on_input(void *owner, json_t *asked)
{
    struct openai_stage *stage = owner;
    struct upstream *upstream = &stage->upstream;
    struct arena *arena = upstream->scope->arena;
    json_auto_t *request = dialect_of(upstream)->request(&stage->openai->options, stage->kwargs,
                                                         asked, upstream->streaming);
    struct buf body;
    buf_init(&body, MAX_REQUEST);
    if (json_print(&body, request, JSON_WIRE) != LS_OK) {
        sink_fail(upstream->source.out, LS_TOO_BIG, "the input is too long for a request");
    } else {
        const struct upstream_request sent = {
            .url = stage->openai->url,
            .headers = headers_of(arena, stage->openai, upstream->streaming),
            .body = arena_strndup(arena, buf_str(&body), body.len),
            .body_len = body.len,
            .timeouts = stage->openai->options.timeouts,
            .max_retries = stage->openai->options.max_retries,
        };
        upstream->scope->run->tally.model_calls++;
        upstream_start(upstream, &sent);
    }
    buf_fini(&body);
}

static struct sink *openai_open(const struct runnable *runnable, struct scope *scope,
                                const struct call *call, struct sink *out)
{
    struct openai_stage *stage = arena_alloc(scope->arena, sizeof *stage);
    struct uuid run_id = call_run_id(call);
    stage->openai = container_of(runnable, const struct openai, runnable);
    stage->answered = false;
    stage->kwargs = call->kwargs;
    stage->id = chat_model_message_id(scope, &run_id, !call->streaming);
    upstream_init(&stage->upstream, &upstream_ops, scope, call->streaming, out);
    return stage->openai->dialect->input(scope, out, on_input, stage);
}

/* A parameter as the run's kwargs, else the options have it; borrowed, or NULL. */
static json_t *parameter(const struct openai *openai, const json_t *kwargs, const char *key)
{
    json_t *own = json_object_get(kwargs, key);
    return own ? own : json_object_get(openai->options.parameters, key);
}

/* What LangSmith calls the model's parameters. */
static json_t *openai_trace_metadata(const struct runnable *runnable, const char *name,
                                     const json_t *kwargs)
{
    const struct openai *openai = container_of(runnable, const struct openai, runnable);
    json_t *most = parameter(openai, kwargs, "max_completion_tokens");
    (void)name;
    return json_pack("{s:s,s:s,s:s,s:O?,s:O*,s:O*}", "ls_provider", "openai", "ls_model_name",
                     openai->options.model, "ls_model_type", openai->dialect->type,
                     "ls_temperature", parameter(openai, kwargs, "temperature"), "ls_max_tokens",
                     most ? most : parameter(openai, kwargs, "max_tokens"), "ls_stop",
                     parameter(openai, kwargs, "stop"));
}

/* The list of models: it is free of charge, and all servers of this protocol have it. */
static const char *openai_probe(const struct runnable *runnable, const char *const **headers)
{
    const struct openai *openai = container_of(runnable, const struct openai, runnable);
    *headers = openai->probe_headers;
    return openai->probe_url;
}

static void openai_fini(struct runnable *runnable)
{
    struct openai *openai = container_of(runnable, struct openai, runnable);
    free((char *)openai->options.base_url);
    free((char *)openai->options.api_key);
    free((char *)openai->options.model);
    json_decref(openai->options.parameters);
    free(openai->url);
    free(openai->probe_url);
    free(openai->authorization);
}

static const struct runnable_ops openai_ops = {
    .type = "ChatOpenAI",
    .step = STEP_CHAT_MODEL,
    .streams = true,
    .open = openai_open,
    .input_schema = chat_model_input_schema,
    .output_schema = chat_model_output_schema,
    .trace_metadata = openai_trace_metadata,
    .probe = openai_probe,
    .fini = openai_fini,
};

static const struct runnable_ops openai_text_ops = {
    .type = "OpenAI",
    .step = STEP_LLM,
    .streams = true,
    .open = openai_open,
    .input_schema = chat_model_input_schema,
    .output_schema = text_model_output_schema,
    .trace_metadata = openai_trace_metadata,
    .fini = openai_fini,
};

static struct runnable *make(const struct runnable_ops *ops, const struct dialect *dialect,
                             const struct openai_options *options)
{
    struct openai *openai = mem_zalloc(1, sizeof *openai);
    runnable_init(&openai->runnable, ops, NULL);
    openai->dialect = dialect;
    openai->options = *options;
    openai->options.base_url = mem_strdup(options->base_url);
    openai->options.api_key = mem_strdup(options->api_key);
    openai->options.model = mem_strdup(options->model);
    openai->options.parameters = json_incref(options->parameters);
    openai->url = mem_printf("%s%s", options->base_url, dialect->path);
    if (options->api_key)
        openai->authorization = mem_printf("Authorization: Bearer %s", options->api_key);
    openai->probe_url = mem_printf("%s/models", options->base_url);
    openai->probe_headers[0] = openai->authorization;
    return &openai->runnable;
}

struct runnable *openai_new(const struct openai_options *options)
{
    return make(&openai_ops, &chat, options);
}

struct runnable *openai_text_new(const struct openai_options *options)
{
    return make(&openai_text_ops, &text, options);
}
