/* POST /stream: each chunk of the output as a server-sent event; the `metadata` event stands right
 * before the first. */
#include "base/json.h"
#include "base/list.h"
#include "observe/step_text.h"
#include "routes/answers.h"
#include "routes/sse_answer.h"

struct streaming {
    struct sse_answer answer;
    struct sink out;
    bool began; /* the metadata event was sent */
};

static enum flow stream_push(struct sink *sink, const struct chunk *chunk)
{
    struct streaming *streaming = container_of(sink, struct streaming, out);
    if (!sse_answer_is_read(&streaming->answer))
        return FLOW_STOP;
    if (!streaming->began) {
        execution_streams(&streaming->answer.execution);
        (void)sse_answer_send_metadata(&streaming->answer);
    }
    streaming->began = true;
    sse_answer_begin(&streaming->answer, "data");
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
    struct streaming *streaming =
        sse_answer_new(sizeof *streaming, service, route, answer_stream, exchange, &ask);
    if (!streaming)
        return;
    sink_init(&streaming->out, &stream_ops, &streaming->answer.execution.run->root);
    execution_start(&streaming->answer.execution, ask.input, &streaming->out);
}
