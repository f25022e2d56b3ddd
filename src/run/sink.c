#include "run/sink.h"

#include <assert.h>

#include "run/scope.h"

void sink_init(struct sink *sink, const struct sink_ops *ops, struct scope *scope)
{
    *sink = (struct sink){.ops = ops, .scope = scope};
}

enum flow sink_push(struct sink *sink, const struct chunk *chunk)
{
    assert(!sink->ended && "push after done");
    if (sink->stopped || scope_is_cancelled(sink->scope))
        return FLOW_STOP;
    enum flow flow = sink->ops->push(sink, chunk);
    sink->stopped = flow == FLOW_STOP;
    return flow;
}

void sink_done(struct sink *sink, const struct outcome *outcome)
{
    assert(!sink->ended && "done twice");
    sink->ended = true;
    struct outcome cancelled = scope_outcome(sink->scope);
    sink->ops->done(sink, scope_is_cancelled(sink->scope) ? &cancelled : outcome);
}

void sink_fail(struct sink *sink, enum ls_err err, const char *message)
{
    struct outcome outcome = outcome_error(err, message);
    sink_done(sink, &outcome);
}

enum flow sink_push_value(struct sink *sink, json_t *value)
{
    struct chunk chunk = chunk_adds(value);
    return sink_push(sink, &chunk);
}
