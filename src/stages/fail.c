#include "stages/fail.h"

#include "base/list.h"

struct failing {
    struct sink in;
    struct sink *out;
    struct outcome outcome;
};

static enum flow failing_push(struct sink *sink, const struct chunk *chunk)
{
    (void)sink, (void)chunk;
    return FLOW_STOP;
}

static void failing_done(struct sink *sink, const struct outcome *outcome)
{
    struct failing *failing = container_of(sink, struct failing, in);
    sink_done(failing->out, outcome->kind == OUTCOME_WELL ? &failing->outcome : outcome);
}

static const struct sink_ops failing_ops = {failing_push, failing_done};

struct sink *fail_sink(struct scope *scope, struct sink *out, enum ls_err err, const char *message)
{
    struct failing *failing = arena_alloc(scope->arena, sizeof *failing);
    failing->out = out;
    failing->outcome = outcome_error(err, message);
    failing->outcome.status = err_status(err);
    failing->outcome.client = message;
    sink_init(&failing->in, &failing_ops, scope);
    return &failing->in;
}
