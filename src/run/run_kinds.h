/* For tests of runs: kinds that are made of parts, each with another use of scopes.
 *
 * pipe   no parts: hands on each chunk
 * chain  the parts in one scope, one after the other
 * fan    each part in a scope of its own, opened at once; one that fails ends the others
 * again  one part, opened for each round in a scope of its own, through the loop's queue; it
 *        takes the whole input each time
 * or     the first part, and when that fails before it gave anything, the second
 * race   both parts; the first that gives anything wins, the other is cancelled */
#pragma once

#include "run/run_script.h"

enum { MOST_PARTS = 4 };

struct group {
    struct runnable runnable;
    struct runnable *parts[MOST_PARTS];
    size_t count, rounds;
};

struct group_stage;

/* One part of a stage, in a scope of its own. */
struct leg {
    struct sink out;
    struct group_stage *stage;
    struct sink *in;
    struct scope *scope; /* NULL once it has ended */
    bool gave;
};

struct group_stage {
    struct sink in;
    struct sink *out;
    const struct group *group;
    struct scope *scope;
    const struct call *call;
    struct task next; /* again, or: opens the next leg */
    size_t round;
    json_t *input; /* the whole of it; in the scope's arena */
    struct leg legs[MOST_PARTS];
    struct leg *winner; /* race */
    size_t running;
    struct outcome outcome; /* of the first that failed */
};

static inline const struct group *as_group(const struct runnable *runnable)
{
    return container_of(runnable, const struct group, runnable);
}

static inline struct sink *pipe_open(const struct runnable *runnable, struct scope *scope,
                                     const struct call *call, struct sink *out)
{
    (void)runnable, (void)scope, (void)call;
    return out;
}

static inline struct sink *chain_open(const struct runnable *runnable, struct scope *scope,
                                      const struct call *call, struct sink *out)
{
    const struct group *group = as_group(runnable);
    for (size_t i = group->count; i-- > 0;) {
        struct call part = call_for_part(call, "part");
        out = runnable_open(group->parts[i], scope, &part, out);
    }
    return out;
}

static inline struct group_stage *group_stage_new(const struct runnable *runnable,
                                                  struct scope *scope, const struct call *call,
                                                  struct sink *out)
{
    struct group_stage *stage = arena_zalloc(scope->arena, sizeof *stage);
    struct call *kept = arena_alloc(scope->arena, sizeof *kept);
    *kept = call_for_part(call, "part");
    stage->group = as_group(runnable);
    stage->scope = scope;
    stage->call = kept;
    stage->out = out;
    return stage;
}

static inline enum flow leg_push(struct sink *sink, const struct chunk *chunk)
{
    struct leg *leg = container_of(sink, struct leg, out);
    leg->gave = true;
    return sink_push(leg->stage->out, chunk);
}

static inline void leg_open(struct group_stage *stage, size_t leg, size_t part,
                            const struct sink_ops *ops)
{
    struct leg *opened = &stage->legs[leg];
    *opened = (struct leg){.stage = stage};
    sink_init(&opened->out, ops, stage->scope);
    opened->in = scope_open(stage->scope, stage->group->parts[part], stage->call, &opened->out,
                            &opened->scope);
    stage->running++;
}

static inline void leg_give(struct leg *leg, json_t *input)
{
    struct sink *in = leg->in;
    if (input)
        (void)sink_push_value(in, input);
    sink_done(in, &outcome_well);
}

static inline void group_end(struct group_stage *stage)
{
    sink_done(stage->out, &stage->outcome);
}

static inline void group_keep(struct group_stage *stage, const struct outcome *outcome)
{
    if (stage->outcome.kind == OUTCOME_WELL)
        stage->outcome = outcome_keep(stage->scope->arena, outcome);
}

/* ---- fan ---- */

static inline void fan_leg_done(struct sink *sink, const struct outcome *outcome)
{
    struct leg *leg = container_of(sink, struct leg, out);
    struct group_stage *stage = leg->stage;
    leg->scope = NULL;
    group_keep(stage, outcome);
    for (size_t i = 0; i < stage->group->count && outcome->kind != OUTCOME_WELL; i++)
        if (stage->legs[i].scope)
            scope_cancel(stage->legs[i].scope, LS_CANCELLED);
    if (--stage->running == 0)
        group_end(stage);
}

static const struct sink_ops fan_leg_ops = {leg_push, fan_leg_done};

static inline enum flow fan_push(struct sink *sink, const struct chunk *chunk)
{
    struct group_stage *stage = container_of(sink, struct group_stage, in);
    enum flow answer = FLOW_ON;
    for (size_t i = 0; i < stage->group->count; i++)
        if (sink_push(stage->legs[i].in, chunk) == FLOW_FULL)
            answer = FLOW_FULL;
    return answer;
}

static inline void fan_done(struct sink *sink, const struct outcome *outcome)
{
    struct group_stage *stage = container_of(sink, struct group_stage, in);
    size_t count = stage->group->count;
    for (size_t i = 0; i < count; i++)
        sink_done(stage->legs[i].in, outcome);
}

static const struct sink_ops fan_in_ops = {fan_push, fan_done};

static inline struct sink *fan_open(const struct runnable *runnable, struct scope *scope,
                                    const struct call *call, struct sink *out)
{
    struct group_stage *stage = group_stage_new(runnable, scope, call, out);
    sink_init(&stage->in, &fan_in_ops, scope);
    for (size_t i = 0; i < stage->group->count; i++)
        leg_open(stage, i, i, &fan_leg_ops);
    return &stage->in;
}

/* ---- again ---- */

static inline void again_leg_done(struct sink *sink, const struct outcome *outcome)
{
    struct group_stage *stage = container_of(sink, struct leg, out)->stage;
    group_keep(stage, outcome);
    if (outcome->kind != OUTCOME_WELL || ++stage->round == stage->group->rounds)
        group_end(stage);
    else
        loop_soon(scope_loop(stage->scope), &stage->next);
}

static const struct sink_ops again_leg_ops = {leg_push, again_leg_done};

static inline void again_next(struct task *task)
{
    struct group_stage *stage = container_of(task, struct group_stage, next);
    leg_open(stage, 0, 0, &again_leg_ops);
    leg_give(&stage->legs[0], stage->input);
}

/* ---- or ---- */

static inline void or_leg_done(struct sink *sink, const struct outcome *outcome)
{
    struct leg *leg = container_of(sink, struct leg, out);
    struct group_stage *stage = leg->stage;
    bool may = outcome->kind == OUTCOME_ERROR && !leg->gave && !scope_is_cancelled(stage->scope);
    if (may && ++stage->round < stage->group->count)
        loop_soon(scope_loop(stage->scope), &stage->next);
    else
        sink_done(stage->out, outcome);
}

static const struct sink_ops or_leg_ops = {leg_push, or_leg_done};

static inline void or_next(struct task *task)
{
    struct group_stage *stage = container_of(task, struct group_stage, next);
    leg_open(stage, 0, stage->round, &or_leg_ops);
    leg_give(&stage->legs[0], stage->input);
}

/* ---- race ---- */

static inline enum flow race_leg_push(struct sink *sink, const struct chunk *chunk)
{
    struct leg *leg = container_of(sink, struct leg, out);
    struct group_stage *stage = leg->stage;
    for (size_t i = 0; i < stage->group->count && !stage->winner; i++)
        if (&stage->legs[i] != leg && stage->legs[i].scope)
            scope_cancel(stage->legs[i].scope, LS_CANCELLED);
    if (!stage->winner)
        stage->winner = leg;
    return stage->winner == leg ? sink_push(stage->out, chunk) : FLOW_STOP;
}

static inline void race_leg_done(struct sink *sink, const struct outcome *outcome)
{
    struct leg *leg = container_of(sink, struct leg, out);
    struct group_stage *stage = leg->stage;
    leg->scope = NULL;
    if (!stage->winner || stage->winner == leg)
        stage->outcome = outcome_keep(stage->scope->arena, outcome);
    if (--stage->running == 0)
        group_end(stage);
}

static const struct sink_ops race_leg_ops = {race_leg_push, race_leg_done};

static inline void race_next(struct task *task)
{
    struct group_stage *stage = container_of(task, struct group_stage, next);
    size_t count = stage->group->count;
    for (size_t i = 0; i < count; i++)
        leg_open(stage, i, i, &race_leg_ops);
    for (size_t i = 0; i < count; i++)
        leg_give(&stage->legs[i], stage->input);
}

/* ---- what again, or and race share: they take their input whole ---- */

static inline void whole_input(void *owner, json_t *value, const struct outcome *outcome)
{
    struct group_stage *stage = owner;
    if (outcome->kind != OUTCOME_WELL) {
        sink_done(stage->out, outcome);
        return;
    }
    stage->input = arena_hold_json(stage->scope->arena, value);
    stage->next.fn(&stage->next);
}

static inline struct sink *whole_open(const struct runnable *runnable, struct scope *scope,
                                      const struct call *call, struct sink *out,
                                      void (*next)(struct task *task))
{
    struct group_stage *stage = group_stage_new(runnable, scope, call, out);
    task_init(&stage->next, next);
    return gather_sink(scope, whole_input, stage);
}

static inline struct sink *again_open(const struct runnable *runnable, struct scope *scope,
                                      const struct call *call, struct sink *out)
{
    return whole_open(runnable, scope, call, out, again_next);
}

static inline struct sink *or_open(const struct runnable *runnable, struct scope *scope,
                                   const struct call *call, struct sink *out)
{
    return whole_open(runnable, scope, call, out, or_next);
}

static inline struct sink *race_open(const struct runnable *runnable, struct scope *scope,
                                     const struct call *call, struct sink *out)
{
    return whole_open(runnable, scope, call, out, race_next);
}

static inline void group_fini(struct runnable *runnable)
{
    struct group *group = container_of(runnable, struct group, runnable);
    for (size_t i = 0; i < group->count; i++)
        runnable_rele(group->parts[i]);
}

static const struct runnable_ops pipe_ops = {
    .type = "Pipe", .streams = true, .trace = TRACE_TRANSFORM, .open = pipe_open};
static const struct runnable_ops chain_ops = {.type = "Chain",
                                              .streams = true,
                                              .trace = TRACE_TRANSFORM,
                                              .open = chain_open,
                                              .fini = group_fini};
static const struct runnable_ops fan_ops = {
    .type = "Fan", .streams = true, .trace = TRACE_TRANSFORM, .open = fan_open, .fini = group_fini};
static const struct runnable_ops again_ops = {.type = "Again",
                                              .open = again_open,
                                              .fini = group_fini};
static const struct runnable_ops or_ops = {.type = "Or", .open = or_open, .fini = group_fini};
static const struct runnable_ops race_ops = {.type = "Race", .open = race_open, .fini = group_fini};

/* A group of the given kind; its parts (a NULL ends them) are taken over. */
static inline struct runnable *group_new(const struct runnable_ops *ops, size_t rounds,
                                         struct runnable *const *parts)
{
    struct group *group = mem_zalloc(1, sizeof *group);
    runnable_init(&group->runnable, ops, NULL);
    group->rounds = rounds;
    while (group->count < MOST_PARTS && parts[group->count]) {
        group->parts[group->count] = parts[group->count];
        group->count++;
    }
    return &group->runnable;
}

#define PIPE() group_new(&pipe_ops, 0, (struct runnable *[]){NULL})
#define GROUP(ops, ...) group_new(ops, 1, (struct runnable * [MOST_PARTS + 1]){__VA_ARGS__})
#define AGAIN(rounds, part) group_new(&again_ops, rounds, (struct runnable *[]){part, NULL})
#define SCRIPT(...) script_new((struct script_plan){.text = __VA_ARGS__})
