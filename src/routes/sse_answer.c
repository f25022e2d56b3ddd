#include "routes/sse_answer.h"

#include <string.h>

#include "base/json.h"
#include "base/metrics.h"
#include "routes/error_body.h"
#include "routes/feedback_token.h"
#include "routes/reply.h"

enum { MAX_EVENT = 64 << 20 };

bool sse_answer_is_read(const struct sse_answer *answer)
{
    return answer->kept || answer->execution.exchange;
}

static enum flow deliver(struct sse_answer *answer)
{
    const struct buf *event = &answer->event;
    enum flow flow = answer->kept ? kept_run_add(answer->kept, event->data, event->len)
                                  : sse_out_write(&answer->out, event->data, event->len);
    buf_reset(&answer->event);
    return flow;
}

static void add_name(struct sse_answer *answer, const char *name)
{
    if (answer->kept)
        kept_run_print_id(answer->kept, &answer->event);
    buf_add_str(&answer->event, "event: ");
    buf_add_str(&answer->event, name);
    buf_add_str(&answer->event, "\r\n");
}

void sse_answer_begin(struct sse_answer *answer, const char *name)
{
    add_name(answer, name);
    buf_add_str(&answer->event, "data: ");
}

enum flow sse_answer_send(struct sse_answer *answer)
{
    buf_add_str(&answer->event, "\r\n\r\n");
    if (!answer->event.full)
        return deliver(answer);
    buf_reset(&answer->event);
    answer->event.full = false;
    answer->broken = true;
    return FLOW_STOP;
}

static void print_metadata(struct sse_answer *answer, struct http_exchange *exchange)
{
    const struct execution *execution = &answer->execution;
    feedback_metadata_print(&answer->event, execution->route, exchange, &execution->run->id);
}

enum flow sse_answer_send_metadata(struct sse_answer *answer)
{
    sse_answer_begin(answer, "metadata");
    if (answer->metadata)
        buf_add_str(&answer->event, answer->metadata);
    else
        print_metadata(answer, answer->execution.exchange);
    return sse_answer_send(answer);
}

/* Whether a step chose the HTTP status itself, as by HTTPException: LangServe's streams do not
 * tell it. */
static bool hides(const struct route *route, const struct outcome *outcome)
{
    return route->errors == ERRORS_LANGSERVE && outcome->err == LS_INTERNAL && outcome->status;
}

static void send_error(struct sse_answer *answer, const struct outcome *outcome)
{
    const struct route *route = answer->execution.route;
    bool hidden = hides(route, outcome);
    int status = hidden ? 500 : reply_status(route, outcome);
    const char *sentence = outcome->client && !hidden ? outcome->client
                           : status == 500            ? "Internal Server Error"
                                                      : ls_strerror(outcome->err);
    sse_answer_begin(answer, "error");
    buf_printf(&answer->event, "{\"status_code\": %d, \"message\": ", status);
    (void)json_print_string(&answer->event, sentence, strlen(sentence), JSON_SSE);
    if (route->errors != ERRORS_LANGSERVE) {
        json_auto_t *code = error_body_code(outcome->err, status);
        buf_add_str(&answer->event, ", \"code\": ");
        (void)json_print(&answer->event, code, JSON_SSE);
    }
    buf_add_str(&answer->event, "}");
    (void)sse_answer_send(answer);
}

/* How the stream ends, to which the run's outcome is a part. */
static struct outcome end_of(const struct sse_answer *answer, const struct outcome *outcome)
{
    if (answer->broken)
        return outcome_error(LS_TOO_BIG, "a value is too large for an event");
    struct outcome end = *outcome;
    if (answer->kept && end.kind == OUTCOME_ERROR && end.err == LS_CANCELLED) /* somebody asked */
        end.status = err_status(LS_CANCELLED);
    return end;
}

void sse_answer_end(struct sse_answer *answer, const struct outcome *outcome)
{
    struct execution *execution = &answer->execution;
    struct outcome end = end_of(answer, outcome);
    bool well = end.kind == OUTCOME_WELL;
    metric_add(metrics.open_streams, -1);
    execution_ended(execution, execution->exchange, &end, true);
    if (!well)
        reply_log_failure(execution->exchange, execution->route, &execution->run->id, &end);
    if (well && sse_answer_is_read(answer)) {
        add_name(answer, "end");
        buf_add_str(&answer->event, "\r\n");
        (void)deliver(answer);
    } else if (sse_answer_is_read(answer)) {
        send_error(answer, &end);
    }
    if (answer->kept) {
        kept_run_end(&answer->kept, &end);
        return;
    }
    if (!well && execution->exchange)
        http_note(execution->exchange, err_code(end.err));
    sse_out_end(&answer->out, well);
}

static void on_writable(void *owner)
{
    run_resume(((struct execution *)owner)->run);
}

/* With the run, for its steps may be told of after its end. */
static void drop_event(void *ptr)
{
    buf_fini(ptr);
}

/* Whether the client chose the id of a run that is kept already. */
static bool is_taken(const struct service *service, const struct route *route,
                     const struct ask *ask)
{
    return route->resumable.on && ask->config.has_run_id &&
           kept_runs_know(service->kept, &ask->config.run_id);
}

/* Has a kept run, which may outlive its client, tell `exchange` and others. */
static void keep(struct sse_answer *answer, endpoint_fn *endpoint, struct http_exchange *exchange)
{
    struct execution *execution = &answer->execution;
    print_metadata(answer, exchange);
    answer->metadata = arena_strdup(run_arena(execution->run), buf_str(&answer->event));
    buf_reset(&answer->event);
    answer->kept = kept_run_new(execution->service->kept, execution->route, endpoint,
                                http_request(exchange), execution->run);
    kept_run_follow(answer->kept, exchange, 0);
}

void *sse_answer_new(size_t size, struct service *service, const struct route *route,
                     endpoint_fn *endpoint, struct http_exchange *exchange, const struct ask *ask)
{
    if (is_taken(service, route, ask)) {
        reply_sentence(exchange, route->errors, LS_BAD_INPUT, 409, "There is a run of this id");
        return NULL;
    }
    struct sse_answer *answer = execution_new(size, service, route, exchange, ask);
    struct execution *execution = &answer->execution;
    execution->call.streaming = true;
    metric_add(metrics.open_streams, 1);
    buf_init(&answer->event, MAX_EVENT);
    arena_defer(run_arena(execution->run), drop_event, &answer->event);
    if (route->resumable.on) {
        keep(answer, endpoint, exchange);
        return answer;
    }
    execution_attach(execution, exchange);
    http_set_writable(exchange, on_writable, execution);
    sse_out_begin(&answer->out, service->loop, &execution->exchange);
    return answer;
}
