#include "stages/timeout.h"

#include "base/list.h"
#include "base/mem.h"
#include "run/scope.h"
#include "stages/wrapper.h"

struct timeout {
    struct wrapper wrapper;
    int64_t ms;
};

struct timeout_stage {
    struct sink in, bound_out;
    struct sink *out, *bound_in;
    struct scope *scope, *child; /* child: NULL once the bound runnable has ended */
    int64_t ms;
    bool ticking, ended_early;
    struct outcome early;
};

static void start_clock(struct timeout_stage *stage)
{
    if (!stage->ticking && stage->child)
        scope_set_deadline(stage->child, stage->ms);
    stage->ticking = true;
}

static enum flow in_push(struct sink *sink, const struct chunk *chunk)
{
    struct timeout_stage *stage = container_of(sink, struct timeout_stage, in);
    start_clock(stage);
    return sink_push(stage->bound_in, chunk);
}

static void in_done(struct sink *sink, const struct outcome *outcome)
{
    struct timeout_stage *stage = container_of(sink, struct timeout_stage, in);
    start_clock(stage);
    sink_done(stage->bound_in, outcome);
    if (stage->ended_early)
        sink_done(stage->out, &stage->early);
}

static const struct sink_ops in_ops = {in_push, in_done};

static enum flow out_push(struct sink *sink, const struct chunk *chunk)
{
    return sink_push(container_of(sink, struct timeout_stage, bound_out)->out, chunk);
}

/* Time may be up while input still flows; the end is then told after the input's. */
static void out_done(struct sink *sink, const struct outcome *outcome)
{
    struct timeout_stage *stage = container_of(sink, struct timeout_stage, bound_out);
    stage->child = NULL;
    stage->ended_early = !stage->in.ended;
    if (stage->ended_early)
        stage->early = outcome_keep(stage->scope->arena, outcome);
    else
        sink_done(stage->out, outcome);
}

static const struct sink_ops out_ops = {out_push, out_done};

static struct sink *timeout_open(const struct runnable *runnable, struct scope *scope,
                                 const struct call *call, struct sink *out)
{
    const struct timeout *timeout = container_of(runnable, const struct timeout, wrapper.runnable);
    struct timeout_stage *stage = arena_zalloc(scope->arena, sizeof *stage);
    stage->ms = timeout->ms;
    stage->scope = scope;
    stage->out = out;
    sink_init(&stage->in, &in_ops, scope);
    sink_init(&stage->bound_out, &out_ops, scope);
    stage->bound_in =
        scope_open(scope, timeout->wrapper.bound, call, &stage->bound_out, &stage->child);
    return &stage->in;
}

static const struct runnable_ops timeout_ops = {
    .type = "RunnableTimeout",
    .step = STEP_CHAIN,
    .streams = true,
    .unseen = true,
    .open = timeout_open,
    .input_schema = wrapper_input_schema,
    .output_schema = wrapper_output_schema,
    .part = wrapper_part,
    .fini = wrapper_fini,
};

struct runnable *timeout_new(struct runnable *bound, int64_t ms)
{
    struct timeout *timeout = mem_alloc(sizeof *timeout);
    wrapper_init(&timeout->wrapper, &timeout_ops, bound);
    timeout->ms = ms;
    return &timeout->wrapper.runnable;
}
