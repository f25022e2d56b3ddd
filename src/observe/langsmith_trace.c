#include "observe/langsmith_trace.h"

#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/list.h"
#include "base/text.h"
#include "observe/langsmith_value.h"
#include "observe/step_text.h"

enum { MAX_VALUE = 1 << 20 };

/* The tracer of one run of ours, in its arena. */
struct tracer {
    struct observer observer;
    struct exporter *exporter;
    const struct langsmith_traces *traces;
    json_t *about;
};

/* What is kept of a step while it runs. */
struct notes {
    json_t *input;          /* as it began; NULL where that is told at its end */
    int64_t first_token_us; /* 0: none came yet */
};

/* A model streams only where somebody else asked it to. */
static unsigned wants(struct listener *l)
{
    const struct step *step = l->step;
    unsigned wanted = WANTS_START | WANTS_END | WANTS_OUTPUT;
    l->notes = arena_zalloc(step->arena, sizeof(struct notes));
    if (step_tells_input_late(step))
        wanted |= WANTS_INPUT;
    if (step->streaming && step_is_model(step))
        wanted |= WANTS_CHUNKS;
    return wanted;
}

static void start(struct listener *l, json_t *first)
{
    struct notes *notes = l->notes;
    if (first && !step_tells_input_late(l->step))
        notes->input = arena_hold_json(l->step->arena, first);
}

static enum flow chunk(struct listener *l, const struct chunk *told)
{
    struct notes *notes = l->notes;
    (void)told;
    if (notes->first_token_us == 0)
        notes->first_token_us = step_now_us(l->step);
    return FLOW_ON;
}

static void print_key(struct buf *out, const char *key)
{
    buf_printf(out, ",\"%s\":", key);
}

/* In quotes, as Python's isoformat() has it. */
static void print_time(struct buf *out, int64_t wall_us)
{
    char text[25];
    clock_format_iso(text, wall_us);
    buf_printf(out, "\"%.19s.%06d+00:00\"", text, (int)(wall_us % 1000000));
}

/* The moments and ids of all steps from the root to this one: LangSmith sorts by it. */
static void print_order(struct buf *out, const struct step *step)
{
    char time[25], id[UUID_LEN + 1];
    if (step->parent) {
        print_order(out, step->parent);
        buf_add_char(out, '.');
    }
    clock_format_iso(time, step->started_us);
    uuid_format(id, &step->id);
    buf_printf(out, "%.4s%.2s%.2sT%.2s%.2s%.2s%06dZ%s", time, time + 5, time + 8, time + 11,
               time + 14, time + 17, (int)(step->started_us % 1000000), id);
}

static void print_ids(struct buf *out, const struct step *step)
{
    const struct step *root = step;
    while (root->parent)
        root = root->parent;
    buf_add_str(out, "{\"id\":");
    step_print_id(out, &step->id);
    print_key(out, "trace_id");
    step_print_id(out, &root->id);
    if (step->parent) {
        print_key(out, "parent_run_id");
        step_print_id(out, &step->parent->id);
    }
    print_key(out, "dotted_order");
    buf_add_char(out, '"');
    print_order(out, step);
    buf_add_char(out, '"');
}

/* `value` is taken over. */
static void print_value(struct buf *out, const char *key, json_t *value)
{
    print_key(out, key);
    step_print_value(out, value, MAX_VALUE);
    json_decref(value);
}

static void print_event(struct buf *out, const char *name, int64_t wall_us)
{
    buf_printf(out, "{\"name\":\"%s\",\"time\":", name);
    print_time(out, wall_us);
    buf_add_char(out, '}');
}

static void print_events(struct buf *out, const struct listener *l, bool well, int64_t now)
{
    const struct notes *notes = l->notes;
    print_key(out, "events");
    buf_add_char(out, '[');
    print_event(out, "start", l->step->started_us);
    buf_add_char(out, ',');
    if (notes->first_token_us > 0) {
        print_event(out, "new_token", notes->first_token_us);
        buf_add_char(out, ',');
    }
    print_event(out, well ? "end" : "error", now);
    buf_add_char(out, ']');
}

/* What is said about the step besides: its metadata, those of the request, a model's tokens (taken
 * over, or NULL). */
static void print_extra(struct buf *out, const struct tracer *tracer, const struct step *step,
                        json_t *usage)
{
    json_t *metadata = json_object();
    if (!tracer->traces->hide_metadata) {
        json_object_update(metadata, step->metadata);
        json_object_update(metadata, tracer->about);
    }
    if (usage)
        json_object_set_new(metadata, "usage_metadata", usage);
    json_t *extra = json_pack("{s:o,s:{s:s,s:s}}", "metadata", metadata, "runtime", "sdk",
                              "langserved", "sdk_version", LS_VERSION);
    print_value(out, "extra", extra);
}

/* What is hidden is not told by the sentence of an error either; other servers' sentences may be no
 * UTF-8. */
static void print_error(struct buf *out, const struct langsmith_traces *traces,
                        const struct outcome *outcome)
{
    const char *message = outcome_message(outcome);
    bool told = !traces->hide_inputs && !traces->hide_outputs;
    print_key(out, "error");
    step_print_string(out, told && text_is_utf8(message, strlen(message)) ? message
                                                                          : err_code(outcome->err));
}

static void print_run(struct buf *out, struct listener *l, const struct outcome *outcome,
                      json_t *input, json_t *output)
{
    const struct tracer *tracer = container_of(l->observer, struct tracer, observer);
    const struct langsmith_traces *traces = tracer->traces;
    const struct step *step = l->step;
    bool failed = outcome->kind == OUTCOME_ERROR;
    int64_t now = step_now_us(step);
    print_ids(out, step);
    print_key(out, "name");
    step_print_string(out, step->name);
    buf_printf(out, ",\"run_type\":\"%s\",\"start_time\":",
               step_is_model(step) ? "llm" : step_type_word(step));
    print_time(out, step->started_us);
    print_key(out, "end_time");
    print_time(out, now);
    print_key(out, "session_name");
    step_print_string(out, traces->project);
    print_value(out, "inputs", traces->hide_inputs ? json_object() : langsmith_inputs(step, input));
    print_value(out, "outputs",
                failed || traces->hide_outputs ? json_object() : langsmith_outputs(step, output));
    if (failed)
        print_error(out, traces, outcome);
    print_value(out, "tags", json_incref(step_tags(step)));
    print_events(out, l, !failed, now);
    print_extra(out, tracer, step, langsmith_usage(step, output));
    buf_add_char(out, '}');
}

static void end(struct listener *l, const struct outcome *outcome, json_t *input, json_t *output)
{
    const struct tracer *tracer = container_of(l->observer, struct tracer, observer);
    const struct notes *notes = l->notes;
    print_run(exporter_text(tracer->exporter), l, outcome, notes->input ? notes->input : input,
              output);
    exporter_add(tracer->exporter);
}

static const struct observer_ops ops = {wants, start, chunk, end};

bool langsmith_samples(const struct langsmith_traces *traces)
{
    uint32_t drawn;
    if (traces->rate >= 1)
        return true;
    random_bytes(&drawn, sizeof drawn);
    return drawn < traces->rate * 4294967296.0;
}

void langsmith_trace(struct exporter *exporter, const struct langsmith_traces *traces,
                     struct run *run, json_t *about)
{
    struct tracer *tracer = arena_alloc(run_arena(run), sizeof *tracer);
    *tracer = (struct tracer){.observer = {.ops = &ops},
                              .exporter = exporter,
                              .traces = traces,
                              .about = arena_give_json(run_arena(run), about)};
    run_observe(run, &tracer->observer);
}
