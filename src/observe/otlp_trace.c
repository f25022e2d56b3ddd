#include "observe/otlp_trace.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/hex.h"
#include "base/json.h"
#include "base/list.h"
#include "observe/secret_path.h"
#include "observe/step_text.h"

/* The tracer of one run, in its arena. */
struct tracer {
    struct observer observer;
    struct exporter *exporter;
    const struct otlp_format *format;
    const struct trace_context *trace; /* the run's */
};

/* A span while it is written. */
struct writer {
    const struct otlp_format *format;
    struct buf *out;
};

static void add_str(const struct writer *writer, const char *key, const char *value)
{
    writer->format->add_str(writer->out, key, value);
}

static void add_json(const struct writer *writer, const char *key, const json_t *value)
{
    writer->format->add_json(writer->out, key, value);
}

bool otlp_samples(const struct otlp_traces *traces, const struct trace_context *trace)
{
    if (traces->by_parent && *trace->parent_id)
        return trace->flags & TRACE_SAMPLED;
    if (traces->sampler != OTLP_RATIO)
        return traces->sampler == OTLP_ALL;
    /* What is random in an id by W3C's rules: its last seven bytes. */
    uint64_t drawn = 0;
    for (const char *digit = trace->trace_id + TRACE_ID_LEN - 14; *digit; digit++)
        drawn = drawn << 4 | (unsigned)hex_digit(*digit);
    return (double)drawn < traces->ratio * 72057594037927936.0;
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

/* Why an answer ended, in the word that each provider has for it; NULL: it is not told. */
static json_t *finish_reason(const json_t *about)
{
    static const char *const words[] = {"finish_reason", "stop_reason", "done_reason"};
    json_t *reason = NULL;
    for (size_t i = 0; i < sizeof words / sizeof *words && !json_is_string(reason); i++)
        reason = json_object_get(about, words[i]);
    return json_is_string(reason) ? reason : NULL;
}

static void add_message(const struct writer *writer, const json_t *output)
{
    const json_t *usage = json_object_get(output, "usage_metadata");
    const json_t *about = json_object_get(output, "response_metadata");
    json_t *reason = finish_reason(about);
    add_json(writer, "gen_ai.response.model", json_object_get(about, "model_name"));
    add_json(writer, "gen_ai.response.id", json_object_get(about, "id"));
    if (reason) {
        json_auto_t *reasons = json_pack("[O]", reason);
        add_json(writer, "gen_ai.response.finish_reasons", reasons);
    }
    add_json(writer, "gen_ai.usage.input_tokens", json_object_get(usage, "input_tokens"));
    add_json(writer, "gen_ai.usage.output_tokens", json_object_get(usage, "output_tokens"));
    add_json(writer, "gen_ai.usage.cost", json_object_get(about, "cost"));
}

/* What was told beside a text; NULL: nothing. */
static void add_llm_output(const struct writer *writer, const json_t *told)
{
    const json_t *usage = json_object_get(told, "token_usage");
    add_json(writer, "gen_ai.usage.input_tokens", json_object_get(usage, "prompt_tokens"));
    add_json(writer, "gen_ai.usage.output_tokens", json_object_get(usage, "completion_tokens"));
    add_json(writer, "gen_ai.usage.cost", json_object_get(told, "cost"));
}

/* `gen_ai.system` is what `gen_ai.provider.name` was called before. */
static void add_model(const struct writer *writer, const struct step *step, const json_t *output)
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
        add_json(writer, told[i][0], json_object_get(step->metadata, told[i][1]));
    if (step->llm_output)
        add_llm_output(writer, *step->llm_output);
    else
        add_message(writer, output);
}

static void add_attributes(const struct writer *writer, const struct step *step,
                           const struct outcome *outcome, const json_t *output)
{
    char id[UUID_LEN + 1];
    uuid_format(id, &step->id);
    add_str(writer, "langserved.run_id", id);
    add_str(writer, "langserved.step.type", step_type_word(step));
    add_str(writer, "gen_ai.operation.name", operation_of(step));
    if (step_is_model(step))
        add_model(writer, step, output);
    if (step->runnable->ops->step == STEP_TOOL)
        add_str(writer, "gen_ai.tool.name", step->name);
    if (outcome->kind == OUTCOME_ERROR)
        add_str(writer, "error.type", err_code(outcome->err));
}

static void end(struct listener *l, const struct outcome *outcome, json_t *input, json_t *output)
{
    const struct tracer *tracer = container_of(l->observer, struct tracer, observer);
    const struct step *step = l->step;
    const struct writer writer = {tracer->format, exporter_text(tracer->exporter)};
    (void)input;
    struct otlp_span span = {.trace = tracer->trace,
                             .has_parent = step->parent || *tracer->trace->own_id,
                             .operation = operation_of(step),
                             .object = object_of(step),
                             .kind = step_is_model(step) ? OTLP_CLIENT : OTLP_INTERNAL,
                             .start_us = step->started_us,
                             .end_us = step_now_us(step)};
    trace_span_id(span.id, &step->id);
    if (step->parent)
        trace_span_id(span.parent_id, &step->parent->id);
    else if (span.has_parent)
        hex_read(span.parent_id, tracer->trace->own_id, SPAN_ID_BYTES);
    writer.format->begin_span(writer.out, &span);
    add_attributes(&writer, step, outcome, output);
    writer.format->end_span(writer.out,
                            outcome->kind == OUTCOME_ERROR ? err_code(outcome->err) : NULL);
    exporter_add(tracer->exporter);
}

static const struct observer_ops ops = {wants, NULL, NULL, end};

void otlp_trace(struct exporter *exporter, const struct otlp_traces *traces, struct run *run)
{
    struct tracer *tracer = arena_alloc(run_arena(run), sizeof *tracer);
    *tracer = (struct tracer){.observer = {.ops = &ops},
                              .exporter = exporter,
                              .format = traces->format,
                              .trace = run_trace(run)};
    run_observe(run, &tracer->observer);
}

static const char *error_of(const struct http_record *record, char status[12])
{
    if (record->status >= 500) {
        (void)snprintf(status, 12, "%d", record->status);
        return status;
    }
    return record->aborted || record->status == 0 ? "aborted" : NULL;
}

void otlp_tell_request(struct exporter *exporter, const struct otlp_traces *traces,
                       const struct http_record *record, const char *route, const char *client)
{
    const struct http_request *request = record->request;
    char status[12];
    const char *error = error_of(record, status);
    int64_t now = clock_wall_us();
    const struct writer writer = {traces->format, exporter_text(exporter)};
    struct otlp_span span = {.trace = &request->trace,
                             .has_parent = *request->trace.parent_id != '\0',
                             .operation = request->method,
                             .object = route,
                             .kind = OTLP_SERVER,
                             .start_us = now - record->took_us,
                             .end_us = now};
    hex_read(span.id, request->trace.own_id, SPAN_ID_BYTES);
    if (span.has_parent)
        hex_read(span.parent_id, request->trace.parent_id, SPAN_ID_BYTES);
    writer.format->begin_span(writer.out, &span);
    add_str(&writer, "http.request.method", request->method);
    add_str(&writer, "http.route", route);
    add_str(&writer, "url.path", secret_path(route) ? route : request->path);
    add_str(&writer, "url.scheme", "http");
    add_str(&writer, "client.address", client);
    add_str(&writer, "user_agent.original", http_request_header(request, "user-agent"));
    add_str(&writer, "langserved.request_id", request->id);
    if (record->status > 0)
        writer.format->add_int(writer.out, "http.response.status_code", record->status);
    add_str(&writer, "error.type", error);
    writer.format->end_span(writer.out, error);
    exporter_add(exporter);
}
