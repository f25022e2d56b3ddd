#include "observe/otlp_trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/list.h"
#include "observe/otlp_span.h"
#include "observe/secret_path.h"
#include "observe/step_text.h"

const char otlp_after[] = "]}]}]}";

/* The tracer of one run, in its arena. */
struct tracer {
    struct observer observer;
    struct exporter *exporter;
    const struct trace_context *trace; /* the run's */
};

bool otlp_samples(const struct otlp_traces *traces, const struct trace_context *trace)
{
    if (traces->by_parent && *trace->parent_id)
        return trace->flags & TRACE_SAMPLED;
    if (traces->sampler != OTLP_RATIO)
        return traces->sampler == OTLP_ALL;
    /* What is random in an id by W3C's rules: its last seven bytes. */
    double drawn = (double)strtoull(trace->trace_id + TRACE_ID_LEN - 14, NULL, 16);
    return drawn < traces->ratio * 72057594037927936.0;
}

/* A model is asked for its output, to see what it used. */
static unsigned wants(struct listener *l)
{
    return WANTS_END | (step_is_model(l->step) ? WANTS_OUTPUT : WANTS_NOTHING);
}

/* NULL: the conventions have no word for it. */
static const char *operation_of(const struct step *step)
{
    switch (step->runnable->ops->step) {
    case STEP_CHAT_MODEL: return "chat";
    case STEP_LLM: return "text_completion";
    case STEP_TOOL: return "execute_tool";
    default: return NULL;
    }
}

/* What the operation is done with, or what traces call the step. */
static const char *object_of(const struct step *step)
{
    const char *model =
        step_is_model(step) ? json_get_string(step->metadata, "ls_model_name") : NULL;
    return model ? model : step->name;
}

static void add_message(struct buf *out, const json_t *output)
{
    const json_t *usage = json_object_get(output, "usage_metadata");
    const json_t *about = json_object_get(output, "response_metadata");
    const json_t *reason = json_object_get(about, "finish_reason");
    otlp_add_json(out, "gen_ai.response.model", json_object_get(about, "model_name"));
    otlp_add_json(out, "gen_ai.response.id", json_object_get(about, "id"));
    if (json_is_string(reason)) {
        json_auto_t *reasons = json_pack("[O]", reason);
        otlp_add_json(out, "gen_ai.response.finish_reasons", reasons);
    }
    otlp_add_json(out, "gen_ai.usage.input_tokens", json_object_get(usage, "input_tokens"));
    otlp_add_json(out, "gen_ai.usage.output_tokens", json_object_get(usage, "output_tokens"));
    otlp_add_json(out, "gen_ai.usage.cost", json_object_get(about, "cost"));
}

/* What was told beside a text; NULL: nothing. */
static void add_llm_output(struct buf *out, const json_t *told)
{
    const json_t *usage = json_object_get(told, "token_usage");
    otlp_add_json(out, "gen_ai.usage.input_tokens", json_object_get(usage, "prompt_tokens"));
    otlp_add_json(out, "gen_ai.usage.output_tokens", json_object_get(usage, "completion_tokens"));
    otlp_add_json(out, "gen_ai.usage.cost", json_object_get(told, "cost"));
}

/* `gen_ai.system` is what `gen_ai.provider.name` was called before. */
static void add_model(struct buf *out, const struct step *step, const json_t *output)
{
    static const char *const told[][2] = {
        {"gen_ai.system", "ls_provider"},
        {"gen_ai.provider.name", "ls_provider"},
        {"gen_ai.request.model", "ls_model_name"},
        {"gen_ai.request.temperature", "ls_temperature"},
        {"gen_ai.request.max_tokens", "ls_max_tokens"},
        {"gen_ai.request.stop_sequences", "ls_stop"},
    };
    for (size_t i = 0; i < sizeof told / sizeof *told; i++)
        otlp_add_json(out, told[i][0], json_object_get(step->metadata, told[i][1]));
    if (step->llm_output)
        add_llm_output(out, *step->llm_output);
    else
        add_message(out, output);
}

static void add_attributes(struct buf *out, const struct step *step, const struct outcome *outcome,
                           const json_t *output)
{
    char id[UUID_LEN + 1];
    uuid_format(id, &step->id);
    otlp_add_str(out, "langserved.run_id", id);
    otlp_add_str(out, "langserved.step.type", step_type_word(step));
    otlp_add_str(out, "gen_ai.operation.name", operation_of(step));
    if (step_is_model(step))
        add_model(out, step, output);
    if (step->runnable->ops->step == STEP_TOOL)
        otlp_add_str(out, "gen_ai.tool.name", step->name);
    if (outcome->kind == OUTCOME_ERROR)
        otlp_add_str(out, "error.type", err_code(outcome->err));
}

static void end(struct listener *l, const struct outcome *outcome, json_t *input, json_t *output)
{
    const struct tracer *tracer = container_of(l->observer, struct tracer, observer);
    const struct step *step = l->step;
    char id[SPAN_ID_LEN + 1], parent[SPAN_ID_LEN + 1];
    struct buf *text = exporter_text(tracer->exporter);
    (void)input;
    trace_span_id(id, &step->id);
    if (step->parent)
        trace_span_id(parent, &step->parent->id);
    const struct otlp_span span = {.trace = tracer->trace,
                                   .id = id,
                                   .parent_id = step->parent ? parent : tracer->trace->own_id,
                                   .operation = operation_of(step),
                                   .object = object_of(step),
                                   .kind = step_is_model(step) ? OTLP_CLIENT : OTLP_INTERNAL,
                                   .start_us = step->started_us,
                                   .end_us = step_now_us(step)};
    otlp_span_begin(text, &span);
    add_attributes(text, step, outcome, output);
    otlp_span_end(text, outcome->kind == OUTCOME_ERROR ? err_code(outcome->err) : NULL);
    exporter_add(tracer->exporter);
}

static const struct observer_ops ops = {wants, NULL, NULL, end};

void otlp_trace(struct exporter *exporter, struct run *run)
{
    struct tracer *tracer = arena_alloc(run_arena(run), sizeof *tracer);
    *tracer =
        (struct tracer){.observer = {.ops = &ops}, .exporter = exporter, .trace = run_trace(run)};
    run_observe(run, &tracer->observer);
}

static const char *error_of(const struct http_record *record, char status[12])
{
    (void)snprintf(status, 12, "%d", record->status);
    if (record->status >= 500)
        return status;
    return record->aborted || record->status == 0 ? "aborted" : NULL;
}

void otlp_tell_request(struct exporter *exporter, const struct http_record *record,
                       const char *route, const char *client)
{
    const struct http_request *request = record->request;
    char status[12];
    const char *error = error_of(record, status);
    int64_t now = clock_wall_us();
    struct buf *text = exporter_text(exporter);
    const struct otlp_span span = {.trace = &request->trace,
                                   .id = request->trace.own_id,
                                   .parent_id = request->trace.parent_id,
                                   .operation = request->method,
                                   .object = route,
                                   .kind = OTLP_SERVER,
                                   .start_us = now - record->took_us,
                                   .end_us = now};
    otlp_span_begin(text, &span);
    otlp_add_str(text, "http.request.method", request->method);
    otlp_add_str(text, "http.route", route);
    otlp_add_str(text, "url.path", secret_path(route) ? route : request->path);
    otlp_add_str(text, "url.scheme", "http");
    otlp_add_str(text, "client.address", client);
    otlp_add_str(text, "user_agent.original", http_request_header(request, "user-agent"));
    otlp_add_str(text, "langserved.request_id", request->id);
    if (record->status > 0)
        otlp_add_int(text, "http.response.status_code", record->status);
    otlp_add_str(text, "error.type", error);
    otlp_span_end(text, error);
    exporter_add(exporter);
}
