#include "stages/measure.h"

#include "base/clock.h"
#include "base/mem.h"
#include "run/gather.h"
#include "run/scope.h"
#include "stages/wrapper.h"

struct measure {
    struct wrapper wrapper;
    struct measured counter, duration;
};

struct measure_stage {
    struct sink in, out;
    struct sink *inner, *next;
    const struct measure *measure;
    struct scope *scope;
    struct gather input; /* of which the labels are made */
    int64_t began_us;    /* 0: it has no input yet */
};

/* The text of a label's value; it lives as long as the scope.  What is no object has no members, but
 * a text without variables needs none. */
static const char *value_of(struct arena *arena, const struct template *template, json_t *input)
{
    char why[TEMPLATE_WHY_SIZE];
    struct buf text;
    const char *value = "unknown";
    json_auto_t *members = json_is_object(input) ? json_incref(input) : json_object();
    buf_init(&text, 4096);
    if (template && template_print(template, members, &text, why) == LS_OK)
        value = arena_strndup(arena, buf_str(&text), text.len);
    buf_fini(&text);
    return value;
}

/* The series for the input of this run. */
static struct series series_of(struct measure_stage *stage, const struct measured *measured)
{
    const char *values[METRIC_LABELS] = {0};
    json_auto_t *input = measured->count > 0 ? gather_peek(&stage->input) : NULL;
    if (!measured->metric)
        return (struct series){0};
    for (size_t i = 0; i < measured->count; i++)
        values[i] = value_of(stage->scope->arena, measured->labels[i], input);
    return metric_series(*measured->metric, values);
}

static enum flow in_push(struct sink *sink, const struct chunk *chunk)
{
    struct measure_stage *stage = container_of(sink, struct measure_stage, in);
    const struct measure *measure = stage->measure;
    if (stage->began_us == 0)
        stage->began_us = clock_steady_us();
    if (measure->counter.count + measure->duration.count > 0)
        gather_add(&stage->input, chunk);
    return sink_push(stage->inner, chunk);
}

static void in_done(struct sink *sink, const struct outcome *outcome)
{
    struct measure_stage *stage = container_of(sink, struct measure_stage, in);
    if (stage->began_us == 0)
        stage->began_us = clock_steady_us();
    if (outcome->kind == OUTCOME_WELL) {
        struct series counter = series_of(stage, &stage->measure->counter);
        series_add(&counter, 1);
    }
    sink_done(stage->inner, outcome);
}

static enum flow out_push(struct sink *sink, const struct chunk *chunk)
{
    return sink_push(container_of(sink, struct measure_stage, out)->next, chunk);
}

static void out_done(struct sink *sink, const struct outcome *outcome)
{
    struct measure_stage *stage = container_of(sink, struct measure_stage, out);
    if (stage->began_us > 0) {
        struct series duration = series_of(stage, &stage->measure->duration);
        series_observe(&duration, (double)(clock_steady_us() - stage->began_us) / 1e6);
    }
    sink_done(stage->next, outcome);
}

static const struct sink_ops in_ops = {in_push, in_done};
static const struct sink_ops out_ops = {out_push, out_done};

static void drop_gathered(void *ptr)
{
    gather_fini(ptr);
}

static struct sink *measure_open(const struct runnable *runnable, struct scope *scope,
                                 const struct call *call, struct sink *out)
{
    struct measure_stage *stage = arena_zalloc(scope->arena, sizeof *stage);
    stage->measure = container_of(runnable, const struct measure, wrapper.runnable);
    stage->scope = scope;
    stage->next = out;
    gather_init(&stage->input);
    arena_defer(scope->arena, drop_gathered, &stage->input);
    sink_init(&stage->in, &in_ops, scope);
    sink_init(&stage->out, &out_ops, scope);
    stage->inner = runnable_open(stage->measure->wrapper.bound, scope, call, &stage->out);
    return &stage->in;
}

static void measure_fini(struct runnable *runnable)
{
    struct measure *measure = container_of(runnable, struct measure, wrapper.runnable);
    for (size_t i = 0; i < METRIC_LABELS; i++) {
        template_free(&measure->counter.labels[i]);
        template_free(&measure->duration.labels[i]);
    }
    wrapper_fini(runnable);
}

static const struct runnable_ops measure_ops = {
    .type = "RunnableMeasure",
    .step = STEP_CHAIN,
    .streams = true,
    .unseen = true,
    .open = measure_open,
    .input_schema = wrapper_input_schema,
    .output_schema = wrapper_output_schema,
    .part = wrapper_part,
    .fini = measure_fini,
};

struct runnable *measure_new(struct runnable *bound, const struct measured *counter,
                             const struct measured *duration)
{
    struct measure *measure = mem_alloc(sizeof *measure);
    wrapper_init(&measure->wrapper, &measure_ops, bound);
    measure->counter = *counter;
    measure->duration = *duration;
    return &measure->wrapper.runnable;
}
