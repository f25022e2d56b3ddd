#include "models/http_model.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "models/chat_model.h"
#include "models/model_tally.h"
#include "models/provider_error.h"
#include "models/upstream.h"
#include "run/run.h"

enum { MAX_REQUEST = 64 << 20 };

struct http_model {
    struct runnable runnable;
    const struct model_dialect *dialect;
    struct model_options options; /* texts and parameters are its own */
    char *url, *authorization;    /* the latter NULL without a key */
    char *probe_url;
    const char *probe_headers[3];
};

struct model_stage {
    struct upstream upstream;
    const struct http_model *model;
    json_t *kwargs; /* of the call, or NULL; lives as long as the scope */
    struct model_reading reading;
    struct model_tally tally;
};

static const struct http_model *model_of(const struct runnable *runnable)
{
    return container_of(runnable, const struct http_model, runnable);
}

static struct model_stage *stage_of(struct upstream *upstream)
{
    return container_of(upstream, struct model_stage, upstream);
}

static const struct model_dialect *dialect_of(struct upstream *upstream)
{
    return stage_of(upstream)->model->dialect;
}

/* Counts what a piece, made of an answer, tells of. */
static void tally(struct upstream *upstream, const json_t *answer, const json_t *made)
{
    struct model_stage *stage = stage_of(upstream);
    const struct model_dialect *dialect = stage->model->dialect;
    json_auto_t *own = dialect->usage ? dialect->usage(json_object_get(answer, "usage")) : NULL;
    model_tally_add(&stage->tally, upstream->scope->run, &stage->model->options, answer, made,
                    own ? own : json_object_get(made, "usage_metadata"));
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
    return provider_failure(arena, upstream->status, *out,
                            stage_of(upstream)->model->options.api_key);
}

static void on_event(struct upstream *upstream, const struct sse_event *event)
{
    struct model_reading *reading = &stage_of(upstream)->reading;
    const struct model_dialect *dialect = dialect_of(upstream);
    json_auto_t *read = NULL;
    if (dialect->end_mark && strcmp(event->data, dialect->end_mark) == 0) {
        upstream_end(upstream);
        return;
    }
    struct outcome outcome = read_json(upstream, event->data, event->len, &read);
    if (outcome.kind != OUTCOME_WELL) {
        upstream_fail(upstream, &outcome);
        return;
    }
    json_auto_t *chunk = dialect->chunk(reading, read);
    tally(upstream, read, chunk);
    if (json_get_string(chunk, "chunk_position"))
        model_tally_tell(&stage_of(upstream)->tally, chunk);
    if (chunk)
        upstream_push(upstream, chunk);
    if (reading->complete)
        upstream_end(upstream);
}

static struct outcome on_finish(struct upstream *upstream)
{
    const struct model_reading *reading = &stage_of(upstream)->reading;
    if (!reading->answered)
        return outcome_error(LS_UPSTREAM, "the provider's stream holds no chunk of an answer");
    if (!reading->finished)
        return outcome_error(LS_UPSTREAM, "the provider's stream ended before its answer did");
    if (!dialect_of(upstream)->last)
        return outcome_well;
    json_auto_t *last = dialect_of(upstream)->last(reading->id);
    model_tally_tell(&stage_of(upstream)->tally, last);
    upstream_push(upstream, last);
    return outcome_well;
}

static struct outcome on_whole(struct upstream *upstream, const char *body, size_t len)
{
    json_auto_t *read = NULL;
    const char *why = NULL;
    struct outcome outcome = read_json(upstream, body, len, &read);
    if (outcome.kind != OUTCOME_WELL)
        return outcome;
    json_auto_t *whole = dialect_of(upstream)->whole(&stage_of(upstream)->reading, read, &why);
    if (!whole)
        return outcome_error(LS_UPSTREAM, why);
    tally(upstream, read, whole);
    model_tally_tell(&stage_of(upstream)->tally, whole);
    upstream_push(upstream, whole);
    return outcome;
}

static struct outcome on_refused(struct upstream *upstream, int status, const char *body,
                                 size_t len)
{
    json_auto_t *read = NULL;
    if (json_read(&read, body, len, NULL) != LS_OK)
        read = NULL;
    return provider_failure(upstream->scope->arena, status, read,
                            stage_of(upstream)->model->options.api_key);
}

static const struct upstream_ops upstream_ops = {on_event, on_finish, on_whole, on_refused};

static const char *const *headers_of(struct arena *arena, const struct http_model *model,
                                     bool streaming)
{
    size_t count = 0;
    const char **headers = arena_zalloc(arena, 6 * sizeof *headers);
    headers[count++] = "Content-Type: application/json";
    headers[count++] = streaming ? model->dialect->accept_stream : "Accept: application/json";
    headers[count++] = "User-Agent: langserved/" LS_VERSION;
    if (model->dialect->version_header)
        headers[count++] = model->dialect->version_header;
    headers[count] = model->authorization;
    return headers;
}

static void start(struct model_stage *stage, const struct buf *body)
{
    struct upstream *upstream = &stage->upstream;
    const struct http_model *model = stage->model;
    struct arena *arena = upstream->scope->arena;
    const struct upstream_request sent = {
        .url = model->url,
        .headers = headers_of(arena, model, upstream->streaming),
        .body = arena_strndup(arena, buf_str(body), body->len),
        .body_len = body->len,
        .lines = model->dialect->lines,
        .timeouts = model->options.timeouts,
        .max_retries = model->options.max_retries,
        .tape = model->options.tape,
        .path = model->dialect->path,
        .secret = model->options.api_key,
    };
    upstream_start(upstream, &sent);
}

static void on_input(void *owner, json_t *asked)
{
    struct model_stage *stage = owner;
    struct upstream *upstream = &stage->upstream;
    const char *why = NULL;
    json_t *request = stage->model->dialect->request(&stage->model->options, stage->kwargs, asked,
                                                     upstream->streaming, &why);
    if (!request) {
        sink_fail(upstream->source.out, LS_BAD_VALUE, why);
        return;
    }
    stage->reading.request = arena_give_json(upstream->scope->arena, request);
    struct buf body;
    buf_init(&body, MAX_REQUEST);
    if (json_print(&body, request, JSON_WIRE) != LS_OK)
        sink_fail(upstream->source.out, LS_TOO_BIG, "the input is too long for a request");
    else
        start(stage, &body);
    buf_fini(&body);
}

static void drop(void *ptr)
{
    struct model_stage *stage = ptr;
    json_decref(stage->reading.opening);
}

struct sink *http_model_open(const struct runnable *runnable, struct scope *scope,
                             const struct call *call, struct sink *out)
{
    struct model_stage *stage = arena_zalloc(scope->arena, sizeof *stage);
    struct uuid run_id = call_run_id(call);
    stage->model = model_of(runnable);
    stage->kwargs = call->kwargs;
    stage->reading.id = chat_model_message_id(scope, &run_id, !call->streaming);
    upstream_init(&stage->upstream, &upstream_ops, scope, call->streaming, out);
    arena_defer(scope->arena, drop, stage);
    return stage->model->dialect->input(scope, out, on_input, stage);
}

json_t *http_model_parameter(const struct runnable *runnable, const json_t *kwargs, const char *key)
{
    json_t *own = json_object_get(kwargs, key);
    return own ? own : json_object_get(model_of(runnable)->options.parameters, key);
}

const struct model_options *http_model_options(const struct runnable *runnable)
{
    return &model_of(runnable)->options;
}

json_t *http_model_metadata(const char *provider, const char *model, const char *type,
                            json_t *temperature, json_t *max_tokens, json_t *stop)
{
    return json_pack("{s:s,s:s,s:s,s:O?,s:O*,s:O*}", "ls_provider", provider, "ls_model_name",
                     model, "ls_model_type", type, "ls_temperature", temperature, "ls_max_tokens",
                     max_tokens, "ls_stop", stop);
}

const char *http_model_probe(const struct runnable *runnable, const char *const **headers)
{
    const struct http_model *model = model_of(runnable);
    *headers = model->probe_headers;
    return model->probe_url;
}

/* Keys do not stay behind in memory that is used again. */
static void wipe(const char *secret)
{
    char *text = (char *)secret;
    if (text)
        explicit_bzero(text, strlen(text));
    free(text);
}

void http_model_fini(struct runnable *runnable)
{
    struct http_model *model = container_of(runnable, struct http_model, runnable);
    free((char *)model->options.base_url);
    wipe(model->options.api_key);
    free((char *)model->options.model);
    json_decref(model->options.parameters);
    tape_rele(model->options.tape.tape);
    free(model->url);
    free(model->probe_url);
    wipe(model->authorization);
}

struct runnable *http_model_new(const struct model_dialect *dialect,
                                const struct model_options *options)
{
    struct http_model *model = mem_zalloc(1, sizeof *model);
    size_t count = 0;
    runnable_init(&model->runnable, dialect->ops, NULL);
    model->dialect = dialect;
    model->options = *options;
    model->options.base_url = mem_strdup(options->base_url);
    model->options.api_key = mem_strdup(options->api_key);
    model->options.model = mem_strdup(options->model);
    model->options.parameters = json_incref(options->parameters);
    model->url = mem_printf("%s%s%s", options->base_url, dialect->path,
                            options->query ? options->query : "");
    model->options.query = NULL; /* it is in `url` */
    if (options->api_key)
        model->authorization = mem_printf("%s%s", dialect->key_header, options->api_key);
    if (dialect->probe_path && !tape_plays(options->tape.tape))
        model->probe_url = mem_printf("%s%s", options->base_url, dialect->probe_path);
    if (dialect->version_header)
        model->probe_headers[count++] = dialect->version_header;
    model->probe_headers[count] = model->authorization;
    return &model->runnable;
}
