#include "models/http_model.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "models/chat_model.h"
#include "models/hedge.h"
#include "models/model_tally.h"
#include "models/provider_error.h"
#include "models/upstream.h"
#include "run/run.h"

enum { MAX_REQUEST = 64 << 20 };

struct http_model {
    struct runnable runnable;
    struct runnable racer; /* what it is where questions may be put twice: one of the two */
    const struct model_dialect *dialect;
    struct model_options options;    /* texts and parameters are its own */
    struct http_endpoint *endpoints; /* options.endpoint_count */
    int64_t *weights;                /* theirs */
};

struct model_stage {
    struct upstream upstream;
    const struct http_model *model;
    json_t *kwargs; /* of the call, or NULL; lives as long as the scope */
    struct model_reading reading;
    struct model_tally tally;
    json_t *asked;         /* the body of requests where an endpoint has no model of its own */
    const json_t *printed; /* the body that was printed last; the arena's, as all of them */
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

static const struct http_endpoint *endpoint_of(struct upstream *upstream)
{
    return &stage_of(upstream)->model->endpoints[upstream->claim.index];
}

/* Counts what a piece, made of an answer, tells of. */
static void tally(struct upstream *upstream, const json_t *answer, const json_t *made)
{
    struct model_stage *stage = stage_of(upstream);
    const struct model_dialect *dialect = stage->model->dialect;
    json_auto_t *own = dialect->usage ? dialect->usage(json_object_get(answer, "usage")) : NULL;
    if (scope_is_cancelled(upstream->scope)) /* another one's answer counts */
        return;
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
    return provider_failure(arena, upstream->status, *out, endpoint_of(upstream)->api_key);
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
    return provider_failure(upstream->scope->arena, status, read, endpoint_of(upstream)->api_key);
}

/* ---- requests ---- */

static const char *const *headers_of(struct upstream *upstream)
{
    size_t count = 0;
    const struct model_dialect *dialect = dialect_of(upstream);
    const char **headers = arena_zalloc(upstream->scope->arena, 6 * sizeof *headers);
    headers[count++] = "Content-Type: application/json";
    headers[count++] = upstream->streaming ? dialect->accept_stream : "Accept: application/json";
    headers[count++] = "User-Agent: langserved/" LS_VERSION;
    if (dialect->version_header)
        headers[count++] = dialect->version_header;
    headers[count] = endpoint_of(upstream)->authorization;
    return headers;
}

/* Prints a body (the arena's) for the attempts to come; false: it is too long. */
static bool print_body(struct model_stage *stage, const json_t *body)
{
    struct upstream *upstream = &stage->upstream;
    struct buf text;
    bool well = stage->printed == body;
    if (well)
        return true;
    buf_init(&text, MAX_REQUEST);
    well = json_print(&text, body, JSON_WIRE) == LS_OK;
    if (well) {
        upstream->request.body = arena_strndup(upstream->scope->arena, buf_str(&text), text.len);
        upstream->request.body_len = text.len;
        stage->printed = stage->reading.request = body;
    }
    buf_fini(&text);
    return well;
}

/* The body as the endpoint is to have it: what it calls the model, unless the call says it. */
static const json_t *body_for(struct model_stage *stage, const struct http_endpoint *endpoint)
{
    if (!endpoint->model || json_object_get(stage->kwargs, "model"))
        return stage->asked;
    json_t *body = arena_give_json(stage->upstream.scope->arena, json_copy(stage->asked));
    json_object_set_new(body, "model", json_string(endpoint->model));
    return body;
}

static void aim(struct upstream *upstream, size_t index)
{
    struct model_stage *stage = stage_of(upstream);
    const struct http_endpoint *endpoint = &stage->model->endpoints[index];
    struct model_reading *reading = &stage->reading;
    json_decref(reading->opening);
    stage->tally = (struct model_tally){0};
    *reading = (struct model_reading){.id = reading->id, .request = reading->request};
    upstream->request.url = endpoint->url;
    upstream->request.endpoint = endpoint->shown;
    upstream->request.secret = endpoint->api_key;
    upstream->request.headers = headers_of(upstream);
    (void)print_body(stage, body_for(stage, endpoint)); /* a name more or less is no matter */
}

static const struct upstream_ops upstream_ops = {aim, on_event, on_finish, on_whole, on_refused};

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
    stage->asked = arena_give_json(upstream->scope->arena, request);
    if (!print_body(stage, stage->asked)) {
        sink_fail(upstream->source.out, LS_TOO_BIG, "the input is too long for a request");
        return;
    }
    const struct model_options *options = &stage->model->options;
    struct upstream_request asks = upstream->request;
    asks.lines = stage->model->dialect->lines;
    asks.timeouts = options->timeouts;
    asks.max_retries = options->max_retries;
    asks.rule = options->rule.key ? &options->rule : NULL;
    asks.model = options->model;
    asks.tape = options->tape;
    asks.path = stage->model->dialect->path;
    upstream_start(upstream, &asks);
}

static void drop(void *ptr)
{
    struct model_stage *stage = ptr;
    json_decref(stage->reading.opening);
}

static struct sink *open_stage(const struct http_model *model, struct scope *scope,
                               const struct call *call, struct sink *out)
{
    struct model_stage *stage = arena_zalloc(scope->arena, sizeof *stage);
    struct uuid run_id = call_run_id(call);
    stage->model = model;
    stage->kwargs = call->kwargs;
    stage->reading.id = chat_model_message_id(scope, &run_id, !call->streaming);
    upstream_init(&stage->upstream, &upstream_ops, scope, call->streaming, out);
    if (call->tried)
        stage->upstream.tried = call->tried;
    arena_defer(scope->arena, drop, stage);
    return model->dialect->input(scope, out, on_input, stage);
}

static struct sink *racer_open(const struct runnable *runnable, struct scope *scope,
                               const struct call *call, struct sink *out)
{
    return open_stage(container_of(runnable, const struct http_model, racer), scope, call, out);
}

static const struct runnable_ops racer_ops = {.type = "racer", .unseen = true, .open = racer_open};

struct sink *http_model_open(const struct runnable *runnable, struct scope *scope,
                             const struct call *call, struct sink *out)
{
    const struct http_model *model = model_of(runnable);
    return model->options.hedge > 0
               ? hedge_open(&model->racer, model->options.hedge, scope, call, out)
               : open_stage(model, scope, call, out);
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

const char *http_model_probe(const struct runnable *runnable, unsigned i,
                             const char *const **headers)
{
    const struct http_model *model = model_of(runnable);
    if (i >= model->options.endpoint_count)
        return NULL;
    *headers = model->endpoints[i].probe_headers;
    return model->endpoints[i].probe_url;
}

void http_model_fini(struct runnable *runnable)
{
    struct http_model *model = container_of(runnable, struct http_model, runnable);
    for (size_t i = 0; i < model->options.endpoint_count; i++)
        http_endpoint_fini(&model->endpoints[i]);
    free(model->endpoints);
    free(model->weights);
    free(model->racer.name);
    free((char *)model->options.model);
    json_decref(model->options.parameters);
    tape_rele(model->options.tape.tape);
}

static void set_endpoints(struct http_model *model, const struct model_options *options)
{
    const struct model_endpoint only = {options->base_url, options->api_key, NULL, 1};
    const struct model_endpoint *written = options->endpoint_count ? options->endpoints : &only;
    size_t count = options->endpoint_count ? options->endpoint_count : 1;
    model->endpoints = mem_zalloc(count, sizeof *model->endpoints);
    model->weights = mem_zalloc(count, sizeof *model->weights);
    for (size_t i = 0; i < count; i++) {
        http_endpoint_init(&model->endpoints[i], model->dialect, options, &written[i], i + 1);
        model->weights[i] = written[i].weight;
    }
    model->options.endpoint_count = model->options.rule.count = count;
    model->options.rule.weights = model->weights;
}

struct runnable *http_model_new(const struct model_dialect *dialect,
                                const struct model_options *options)
{
    struct http_model *model = mem_zalloc(1, sizeof *model);
    runnable_init(&model->runnable, dialect->ops, NULL);
    runnable_init(&model->racer, &racer_ops, NULL);
    if (options->hedge > 0)
        runnable_add_inside(&model->runnable, &model->racer);
    model->dialect = dialect;
    model->options = *options;
    model->options.base_url = model->options.api_key = NULL; /* the endpoints have them */
    model->options.endpoints = NULL;
    model->options.model = mem_strdup(options->model);
    model->options.parameters = json_incref(options->parameters);
    model->options.query = NULL; /* likewise */
    set_endpoints(model, options);
    return &model->runnable;
}
