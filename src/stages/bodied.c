#include "stages/bodied.h"

#include "run/gather.h"

void bodied_init(struct bodied *bodied, const struct runnable_ops *ops, struct runnable *body,
                 bool bare)
{
    runnable_init(&bodied->wrapper.runnable, ops, NULL);
    bodied->wrapper.bound = body;
    bodied->bare = bare;
    runnable_add_inside(&bodied->wrapper.runnable, body);
}

static void on_input(void *owner, json_t *value, const struct outcome *outcome)
{
    struct bodied_stage *stage = owner;
    const char *why = NULL;
    if (outcome->kind != OUTCOME_WELL) {
        sink_done(stage->body, outcome);
        return;
    }
    json_auto_t *null = json_null();
    json_auto_t *given = stage->ops->enter(stage, value ? value : null, &why);
    if (!given) {
        sink_fail(stage->body, LS_BAD_VALUE, why);
        return;
    }
    (void)sink_push_value(stage->body, given);
    sink_done(stage->body, &outcome_well);
}

static void on_output(void *owner, json_t *value, const struct outcome *outcome)
{
    struct bodied_stage *stage = owner;
    const char *why = NULL;
    if (outcome->kind != OUTCOME_WELL) {
        sink_done(stage->out, outcome);
        return;
    }
    json_auto_t *null = json_null();
    json_auto_t *output = stage->ops->leave(stage, value ? value : null, &why);
    if (!output) {
        sink_fail(stage->out, LS_BAD_VALUE, why);
        return;
    }
    (void)sink_push_value(stage->out, output);
    sink_done(stage->out, &outcome_well);
}

struct sink *bodied_open(const struct runnable *runnable, const struct bodied_ops *ops,
                         struct scope *scope, const struct call *call, struct sink *out)
{
    const struct bodied *bodied = container_of(runnable, const struct bodied, wrapper.runnable);
    const struct runnable *body = bodied->wrapper.bound;
    struct bodied_stage *stage = arena_alloc(scope->arena, sizeof *stage);
    *stage = (struct bodied_stage){.ops = ops, .runnable = runnable, .scope = scope, .out = out};
    struct call inner = call_for_part(call, NULL);
    struct sink *end = gather_sink(scope, on_output, stage);
    inner.streaming = false;
    stage->body = bodied->bare ? body->ops->open(body, scope, &inner, end)
                               : runnable_open(body, scope, &inner, end);
    return gather_sink(scope, on_input, stage);
}
