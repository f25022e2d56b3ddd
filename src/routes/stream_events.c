/* POST /stream_events: what happens in a run, as LangChain's astream_events tells it. */
#include "base/list.h"
#include "observe/event_stream.h"
#include "routes/answers.h"
#include "routes/observed.h"

struct telling {
    struct observed_answer observed;
    struct event_stream events;
    struct sink out;
};

/* The run's own output is told by its observer. */
static enum flow telling_push(struct sink *sink, const struct chunk *chunk)
{
    struct telling *telling = container_of(sink, struct telling, out);
    (void)chunk;
    return telling->observed.answer.broken ? FLOW_STOP : FLOW_ON;
}

static void telling_done(struct sink *sink, const struct outcome *outcome)
{
    sse_answer_end(&container_of(sink, struct telling, out)->observed.answer, outcome);
}

static const struct sink_ops telling_ops = {telling_push, telling_done};

void answer_stream_events(struct service *service, const struct route *route,
                          struct http_exchange *exchange)
{
    json_t *input;
    struct telling *telling = observed_answer_new(sizeof *telling, service, route,
                                                  answer_stream_events, exchange, &input);
    if (!telling)
        return;
    struct execution *execution = &telling->observed.answer.execution;
    telling->events =
        (struct event_stream){.emitter = &telling->observed.emitter,
                              .filter = &telling->observed.filter,
                              .input = arena_hold_json(run_arena(execution->run), input),
                              .max_bytes = route->stream_bytes,
                              .v1 = route->events_v1};
    event_stream_init(&telling->events);
    run_observe(execution->run, &telling->events.observer);
    sink_init(&telling->out, &telling_ops, &execution->run->root);
    execution_start(execution, input, &telling->out);
}
