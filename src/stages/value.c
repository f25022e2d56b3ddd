#include "stages/value.h"

#include "base/mem.h"
#include "run/gather.h"
#include "run/scope.h"

struct value {
    struct runnable runnable;
    json_t *value;
};

struct value_stage {
    struct sink in;
    struct sink *out;
    const struct value *value;
};

static enum flow value_push(struct sink *sink, const struct chunk *chunk)
{
    (void)sink, (void)chunk;
    return FLOW_ON;
}

static void value_done(struct sink *sink, const struct outcome *outcome)
{
    struct value_stage *stage = container_of(sink, struct value_stage, in);
    bool well = outcome->kind == OUTCOME_WELL;
    if (well)
        sink_push_value(stage->out, stage->value->value);
    sink_done(stage->out, well ? &outcome_well : outcome);
}

static const struct sink_ops value_sink_ops = {value_push, value_done};

static struct sink *value_open(const struct runnable *runnable, struct scope *scope,
                               const struct call *call, struct sink *out)
{
    (void)call;
    struct value_stage *stage = arena_alloc(scope->arena, sizeof *stage);
    stage->value = container_of(runnable, const struct value, runnable);
    stage->out = out;
    sink_init(&stage->in, &value_sink_ops, scope);
    return &stage->in;
}

static void value_fini(struct runnable *runnable)
{
    json_decref(container_of(runnable, struct value, runnable)->value);
}

static const struct runnable_ops value_ops = {
    .type = "RunnableLambda",
    .step = STEP_CHAIN,
    .trace = TRACE_TRANSFORM,
    .open = value_open,
    .fini = value_fini,
};

struct runnable *value_new(json_t *value)
{
    struct value *made = mem_alloc(sizeof *made);
    runnable_init(&made->runnable, &value_ops, NULL);
    made->value = json_incref(value);
    return &made->runnable;
}
