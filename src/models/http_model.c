#include "models/http_model.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/money.h"
#include "models/chat_model.h"
#include "models/hedge.h"
#include "models/http_request.h"
#include "models/provider_error.h"
#include "run/observer.h"
#include "run/run.h"

static const struct http_model *model_of(const struct runnable *runnable)
{
    return container_of(runnable, const struct http_model, runnable);
}

/* A text has no metadata: what was told besides is the step's. */
static void tell_step(struct model_stage *stage, const json_t *answer)
{
    const struct model_dialect *dialect = stage->model->dialect;
    json_t *told = dialect->llm_output(&stage->model->options, answer);
    if (stage->tally.price)
        json_object_set_new(told, "cost", json_real(money_real(stage->tally.cost)));
    *stage->step->llm_output = arena_give_json(stage->step->arena, told);
}

/* Counts what a piece, made of an answer, tells of. */
static void tally(struct upstream *upstream, const json_t *answer, const json_t *made)
{
    struct model_stage *stage = model_stage_of(upstream);
    const struct model_dialect *dialect = stage->model->dialect;
    json_auto_t *own = dialect->usage ? dialect->usage(json_object_get(answer, "usage")) : NULL;
    if (scope_is_cancelled(upstream->scope)) /* another one's answer counts */
        return;
    model_tally_add(&stage->tally, upstream->scope->run, &stage->model->options, answer, made,
                    own ? own : json_object_get(made, "usage_metadata"));
    if (dialect->llm_output && stage->step && (own || !upstream->streaming))
        tell_step(stage, answer);
}

/* Reads an answer or an event; what is no JSON, or tells of an error, is the outcome. */
static struct outcome read_json(struct upstream *upstream, const char *data, size_t len,
                                json_t **out)
{
    struct arena *arena = upstream->scope->arena;
    const char *why = NULL;
    if (json_read(out, data, len, &why) != LS_OK)
        return outcome_error(LS_UPSTREAM, arena_printf(arena, "the provider's answer: %s", why));
    if (!json_truth(json_object_get(*out, "error"))) /* some always have the member */
        return outcome_well;
    return provider_failure(arena, upstream->status, *out, model_endpoint_of(upstream)->api_key);
}

/* Pushes what an event gives that holds a text and nothing to count; false: it is to be read. */
static bool push_plain(struct upstream *upstream, const struct sse_event *event)
{
    struct model_stage *stage = model_stage_of(upstream);
    const struct model_dialect *dialect = stage->model->dialect;
    if (!dialect->plain || !stage->tally.looked)
        return false;
    json_auto_t *chunk =
        dialect->plain(&stage->reading, event->data, event->len, upstream->source.out->takes_text);
    if (chunk)
        upstream_push(upstream, chunk);
    return chunk;
}

static void on_event(struct upstream *upstream, const struct sse_event *event)
{
    struct model_reading *reading = &model_stage_of(upstream)->reading;
    const struct model_dialect *dialect = model_dialect_of(upstream);
    json_auto_t *read = NULL;
    if (dialect->end_mark && strcmp(event->data, dialect->end_mark) == 0) {
        upstream_end(upstream);
        return;
    }
    if (push_plain(upstream, event))
        return;
    struct outcome outcome = read_json(upstream, event->data, event->len, &read);
    if (outcome.kind != OUTCOME_WELL) {
        upstream_fail(upstream, &outcome);
        return;
    }
    json_auto_t *chunk = dialect->chunk(reading, read);
    tally(upstream, read, chunk);
    if (json_get_string(chunk, "chunk_position"))
        model_tally_tell(&model_stage_of(upstream)->tally, chunk);
    if (chunk)
        upstream_push(upstream, chunk);
    if (reading->complete)
        upstream_end(upstream);
}

static struct outcome on_finish(struct upstream *upstream)
{
    const struct model_reading *reading = &model_stage_of(upstream)->reading;
    if (!reading->answered)
        return outcome_error(LS_UPSTREAM, "the provider's stream holds no chunk of an answer");
    if (!reading->finished)
        return outcome_error(LS_UPSTREAM, "the provider's stream ended before its answer did");
    if (!model_dialect_of(upstream)->last)
        return outcome_well;
    json_auto_t *last = model_dialect_of(upstream)->last(reading->id);
    model_tally_tell(&model_stage_of(upstream)->tally, last);
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
    json_auto_t *whole =
        model_dialect_of(upstream)->whole(&model_stage_of(upstream)->reading, read, &why);
    if (!whole)
        return outcome_error(LS_UPSTREAM, why);
    tally(upstream, read, whole);
    model_tally_tell(&model_stage_of(upstream)->tally, whole);
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
                            model_endpoint_of(upstream)->api_key);
}

static const struct upstream_ops upstream_ops = {http_request_aim, on_event, on_finish, on_whole,
                                                 on_refused};

static void drop(void *ptr)
{
    struct model_stage *stage = ptr;
    json_decref(stage->reading.opening);
    buf_fini(&stage->body);
}

static struct sink *open_stage(const struct http_model *model, struct scope *scope,
                               const struct call *call, struct sink *out)
{
    struct model_stage *stage = arena_zalloc(scope->arena, sizeof *stage);
    struct uuid run_id = call_run_id(call);
    stage->model = model;
    stage->kwargs = call->kwargs;
    if (call->parent && call->parent->runnable == &model->runnable)
        stage->step = call->parent;
    stage->reading.id = chat_model_message_id(scope, &run_id, !call->streaming);
    upstream_init(&stage->upstream, &upstream_ops, scope, call->streaming, out);
    if (call->race)
        stage->upstream.race = call->race;
    arena_defer(scope->arena, drop, stage);
    return model->dialect->input(scope, out, http_request_start, stage);
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
    http_endpoints_free(model->endpoints, model->options.endpoint_count);
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
    model->endpoints = http_endpoints_new(model->dialect, options, written, count);
    model->weights = mem_zalloc(count, sizeof *model->weights);
    for (size_t i = 0; i < count; i++)
        model->weights[i] = written[i].weight;
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
