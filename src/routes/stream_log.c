/* POST /stream_log: what every step of a run gave, as LangChain's astream_log tells it. */
#include "base/list.h"
#include "observe/run_log.h"
#include "routes/answers.h"
#include "routes/observed.h"

struct logging {
    struct observed_answer observed;
    struct run_log log;
    struct sink out;
};

static enum flow logging_push(struct sink *sink, const struct chunk *chunk)
{
    struct logging *logging = container_of(sink, struct logging, out);
    return logging->observed.answer.broken ? FLOW_STOP : run_log_push(&logging->log, chunk);
}

static void logging_done(struct sink *sink, const struct outcome *outcome)
{
    sse_answer_end(&container_of(sink, struct logging, out)->observed.answer, outcome);
}

static const struct sink_ops logging_ops = {logging_push, logging_done};

static void drop_log(void *ptr)
{
    run_log_fini(ptr);
}

void answer_stream_log(struct service *service, const struct route *route,
                       struct http_exchange *exchange)
{
    json_t *input;
    struct logging *logging =
        observed_answer_new(sizeof *logging, service, route, answer_stream_log, exchange, &input);
    if (!logging)
        return;
    struct execution *execution = &logging->observed.answer.execution;
    logging->log = (struct run_log){.emitter = &logging->observed.emitter,
                                    .filter = &logging->observed.filter,
                                    .max_bytes = route->stream_bytes};
    run_log_init(&logging->log);
    arena_defer(run_arena(execution->run), drop_log, &logging->log);
    run_observe(execution->run, &logging->log.observer);
    sink_init(&logging->out, &logging_ops, &execution->run->root);
    execution_start(execution, input, &logging->out);
}
