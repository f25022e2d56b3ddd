/* POST /stream: each chunk of the output as a server-sent event; the `metadata` event stands right
 * before the first. */
#include "base/json.h"
#include "base/list.h"
#include "observe/step_text.h"
#include "routes/answers.h"
#include "routes/feedback_token.h"
#include "routes/sse_answer.h"

struct streaming {
    struct sse_answer answer;
    struct sink out;
    bool began; /* the metadata event was sent */
};

static void add_metadata(struct streaming *streaming)
{
    const struct execution *execution = &streaming->answer.execution;
    feedback_metadata_print(&streaming->answer.event, execution->route, execution->exchange,
                            &execution->run->id);
    streaming->began = true;
    (void)sse_answer_flush(&streaming->answer);
}

static enum flow stream_push(struct sink *sink, const struct chunk *chunk)
{
    struct streaming *streaming = container_of(sink, struct streaming, out);
    if (!streaming->answer.execution.exchange)
        return FLOW_STOP;
    if (!streaming->began)
        add_metadata(streaming);
    sse_answer_begin(&streaming->answer);
    step_print_value(&streaming->answer.event, chunk->value, 0);
    return sse_answer_send(&streaming->answer);
}

static void stream_done(struct sink *sink, const struct outcome *outcome)
{
    sse_answer_end(&container_of(sink, struct streaming, out)->answer, outcome);
}

static const struct sink_ops stream_ops = {stream_push, stream_done};

void answer_stream(struct service *service, const struct route *route,
                   struct http_exchange *exchange)
{
    struct ask ask;
    if (!body_read_ask(route, exchange, &ask))
        return;
    struct streaming *streaming = sse_answer_new(sizeof *streaming, service, route, exchange, &ask);
    if (!streaming)
        return;
    sink_init(&streaming->out, &stream_ops, &streaming->answer.execution.run->root);
    execution_start(&streaming->answer.execution, ask.input, &streaming->out);
}
