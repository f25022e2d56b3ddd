/* POST /invoke, and plain endpoints: one run, its whole output. */
#include "base/json.h"
#include "routes/answers.h"
#include "routes/execution.h"
#include "routes/feedback_token.h"
#include "routes/output.h"
#include "routes/reply.h"
#include "routes/usage.h"
#include "run/gather.h"

static void print_invoked(struct execution *execution, struct buf *body, const json_t *output)
{
    char id[UUID_LEN + 1];
    uuid_format(id, &execution->run->id);
    buf_add_str(body, "{\"output\":");
    (void)json_print(body, output, JSON_WIRE);
    buf_add_str(body, ",\"metadata\":{\"run_id\":\"");
    buf_add(body, id, UUID_LEN);
    buf_add_str(body, "\",\"feedback_tokens\":");
    feedback_tokens_print(body, execution->route, execution->exchange, &execution->run->id, false);
    usage_print(body, &execution->run->tally);
    buf_add_char(body, '}');
    if (execution->events) {
        buf_add_str(body, ",\"callback_events\":");
        (void)json_print(body, execution->events->list, JSON_WIRE);
    }
    buf_add_char(body, '}');
}

static void reply_output(struct execution *execution, const json_t *output)
{
    struct http_exchange *exchange = execution->exchange;
    struct buf *body = http_body(exchange);
    if (execution->route->style == STYLE_REST)
        (void)json_print(body, output, JSON_WIRE);
    else
        print_invoked(execution, body, output);
    struct outcome too_big = outcome_error(LS_TOO_BIG, "the output is too large for an answer");
    if (body->full)
        reply_failed(exchange, execution->route, &execution->run->id, &too_big);
    else
        http_respond_body(exchange, 200, "application/json");
}

static void on_end(void *owner, json_t *value, const struct outcome *outcome)
{
    struct execution *execution = owner;
    json_auto_t *output = NULL;
    struct outcome ended = output_check(execution->route, value, outcome, &output);
    execution_ended(execution, execution->exchange, &ended, false);
    if (!execution->exchange)
        reply_log_failure(NULL, execution->route, &execution->run->id, &ended);
    else if (ended.kind == OUTCOME_WELL)
        reply_output(execution, output);
    else
        reply_failed(execution->exchange, execution->route, &execution->run->id, &ended);
}

static void run_ask(struct service *service, const struct route *route,
                    struct http_exchange *exchange, const struct ask *ask)
{
    struct execution *execution = execution_new(sizeof *execution, service, route, exchange, ask);
    execution_attach(execution, exchange);
    if (route->style == STYLE_LANGSERVE)
        execution_list_events(execution);
    execution_start(execution, ask->input, gather_sink(&execution->run->root, on_end, execution));
}

void answer_invoke(struct service *service, const struct route *route,
                   struct http_exchange *exchange)
{
    struct ask ask;
    if (body_read_ask(route, exchange, &ask))
        run_ask(service, route, exchange, &ask);
}

void answer_rest(struct service *service, const struct route *route, struct http_exchange *exchange)
{
    struct ask ask = {0};
    if (body_read_plain(route, exchange, &ask))
        run_ask(service, route, exchange, &ask);
}
