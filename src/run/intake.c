#include "run/intake.h"

#include "base/mem.h"
#include "run/run.h"
#include "run/scope.h"

enum { MOST_QUEUED = 16 }; /* before who pushes is braked */

static void tell(struct intake *intake)
{
    intake->woken = true;
    intake->wake(intake);
}

static enum flow intake_push(struct sink *sink, const struct chunk *chunk)
{
    struct intake *intake = container_of(sink, struct intake, sink);
    if (intake->given)
        return FLOW_STOP;
    json_array_append(intake->queue, chunk->value);
    tell(intake);
    return json_array_size(intake->queue) >= MOST_QUEUED ? run_brake(sink->scope->run, intake)
                                                         : FLOW_ON;
}

static void hand_on(struct intake *intake)
{
    sink_done(intake->out, intake->end.kind == OUTCOME_WELL ? &intake->given_end : &intake->end);
}

static void intake_done(struct sink *sink, const struct outcome *outcome)
{
    struct intake *intake = container_of(sink, struct intake, sink);
    intake->ended = true;
    intake->end = outcome_keep(sink->scope->arena, outcome);
    if (intake->given || (!intake->woken && outcome->kind != OUTCOME_WELL))
        hand_on(intake);
    else
        tell(intake);
}

static const struct sink_ops intake_ops = {intake_push, intake_done};

static enum flow tail_push(struct sink *sink, const struct chunk *chunk)
{
    return sink_push(container_of(sink, struct intake, tail)->out, chunk);
}

static void tail_done(struct sink *sink, const struct outcome *outcome)
{
    struct intake *intake = container_of(sink, struct intake, tail);
    intake->given = true;
    intake->given_end = outcome_keep(sink->scope->arena, outcome);
    json_array_clear(intake->queue);
    run_release(sink->scope->run, intake);
    if (intake->ended)
        hand_on(intake);
}

static const struct sink_ops tail_ops = {tail_push, tail_done};

void intake_init(struct intake *intake, struct scope *scope, struct sink *out,
                 void (*wake)(struct intake *intake))
{
    *intake = (struct intake){.out = out, .end = outcome_well, .wake = wake};
    intake->queue = arena_give_json(scope->arena, json_array());
    sink_init(&intake->sink, &intake_ops, scope);
    sink_init(&intake->tail, &tail_ops, scope);
}

void intake_fill(struct intake *intake, json_t *value)
{
    if (value)
        json_array_append(intake->queue, value);
    intake->ended = true;
}

json_t *intake_take(struct intake *intake)
{
    json_t *chunk = json_incref(json_array_get(intake->queue, 0));
    json_array_remove(intake->queue, 0);
    if (chunk && json_array_size(intake->queue) == 0)
        run_release(intake->sink.scope->run, intake);
    return chunk;
}
