#include "stages/attempt.h"

#include "base/list.h"

static enum flow attempt_push(struct sink *sink, const struct chunk *chunk)
{
    struct attempt *attempt = container_of(sink, struct attempt, sink);
    if (!attempt->streaming) {
        gather_add(&attempt->held, chunk);
        return FLOW_ON;
    }
    attempt->gave = true;
    return sink_push(attempt->out, chunk);
}

static bool may_fail(const struct attempt *attempt, const struct outcome *outcome)
{
    return outcome->kind == OUTCOME_ERROR && outcome->err != LS_CANCELLED && !attempt->gave &&
           !scope_is_cancelled(attempt->scope);
}

static void attempt_done(struct sink *sink, const struct outcome *outcome)
{
    struct attempt *attempt = container_of(sink, struct attempt, sink);
    json_auto_t *held = gather_take(&attempt->held);
    if (may_fail(attempt, outcome)) {
        attempt->failed(attempt, outcome);
        return;
    }
    if (held && outcome->kind == OUTCOME_WELL)
        sink_push_value(attempt->out, held);
    sink_done(attempt->out, outcome);
}

static const struct sink_ops attempt_ops = {attempt_push, attempt_done};

static void drop_gathered(void *ptr)
{
    gather_fini(ptr);
}

void attempt_init(struct attempt *attempt, struct scope *scope, struct sink *out, bool streaming,
                  attempt_failed_fn *failed)
{
    attempt->scope = scope;
    attempt->out = out;
    attempt->streaming = streaming;
    attempt->failed = failed;
    gather_init(&attempt->held);
    arena_defer(scope->arena, drop_gathered, &attempt->held);
}

void attempt_start(struct attempt *attempt, const struct runnable *runnable,
                   const struct call *call, json_t *input)
{
    struct scope *child;
    sink_init(&attempt->sink, &attempt_ops, attempt->scope);
    struct sink *in = scope_open(attempt->scope, runnable, call, &attempt->sink, &child);
    if (input)
        sink_push_value(in, input);
    sink_done(in, &outcome_well);
}
