#include "routes/sse_answer.h"

#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/list.h"
#include "routes/reply.h"

enum { PING_MS = 15000, MAX_EVENT = 64 << 20 };

enum flow sse_answer_flush(struct sse_answer *answer)
{
    if (!answer->execution.exchange) {
        buf_reset(&answer->event);
        return FLOW_STOP;
    }
    bool ready =
        http_stream_write(answer->execution.exchange, answer->event.data, answer->event.len);
    buf_reset(&answer->event);
    timer_start(&answer->ping, PING_MS);
    return ready ? FLOW_ON : FLOW_FULL;
}

void sse_answer_begin(struct sse_answer *answer)
{
    buf_add_str(&answer->event, "event: data\r\ndata: ");
}

enum flow sse_answer_send(struct sse_answer *answer)
{
    buf_add_str(&answer->event, "\r\n\r\n");
    if (!answer->event.full)
        return sse_answer_flush(answer);
    buf_reset(&answer->event);
    answer->event.full = false;
    answer->broken = true;
    return FLOW_STOP;
}

/* Whether a step chose the HTTP status itself, as by HTTPException: LangServe's streams do not
 * tell it. */
static bool hides(const struct route *route, const struct outcome *outcome)
{
    return route->errors == ERRORS_LANGSERVE && outcome->err == LS_INTERNAL && outcome->status;
}

static void send_error(struct sse_answer *answer, const struct outcome *outcome)
{
    struct execution *execution = &answer->execution;
    bool hidden = hides(execution->route, outcome);
    int status = hidden ? 500 : reply_status(execution->route, outcome);
    const char *sentence = outcome->client && !hidden ? outcome->client
                           : status == 500            ? "Internal Server Error"
                                                      : ls_strerror(outcome->err);
    reply_log_failure(execution->exchange, execution->route, &execution->run->id, outcome);
    http_note(execution->exchange, err_code(outcome->err));
    buf_printf(&answer->event, "event: error\r\ndata: {\"status_code\": %d, \"message\": ", status);
    (void)json_print_string(&answer->event, sentence, strlen(sentence), JSON_SSE);
    buf_add_str(&answer->event, "}\r\n\r\n");
    (void)sse_answer_flush(answer);
}

void sse_answer_end(struct sse_answer *answer, const struct outcome *outcome)
{
    struct execution *execution = &answer->execution;
    struct outcome too_big = outcome_error(LS_TOO_BIG, "a value is too large for an event");
    const struct outcome *ended = answer->broken ? &too_big : outcome;
    if (!execution->exchange) {
        reply_log_failure(NULL, execution->route, &execution->run->id, ended);
    } else if (ended->kind == OUTCOME_WELL) {
        buf_add_str(&answer->event, "event: end\r\n\r\n");
        (void)sse_answer_flush(answer);
        http_stream_end(execution->exchange, true);
    } else {
        send_error(answer, ended);
        http_stream_end(execution->exchange, false);
    }
    execution->exchange = NULL;
    timer_stop(&answer->ping);
}

/* ": ping - 2026-11-23 14:45:59.832000", as sse-starlette writes it. */
static void on_ping(struct timer *timer)
{
    struct sse_answer *answer = container_of(timer, struct sse_answer, ping);
    char now[25];
    if (!answer->execution.exchange)
        return;
    clock_format_iso(now, clock_wall_us());
    buf_printf(&answer->event, ": ping - %.10s %.12s000\r\n\r\n", now, now + 11);
    (void)sse_answer_flush(answer);
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

void *sse_answer_new(size_t size, struct service *service, const struct route *route,
                     struct http_exchange *exchange, const struct ask *ask)
{
    if (http_add_header(exchange, "cache-control", "no-cache") != LS_OK ||
        http_add_header(exchange, "x-accel-buffering", "no") != LS_OK)
        return NULL;
    struct sse_answer *answer = execution_new(size, service, route, exchange, ask);
    struct execution *execution = &answer->execution;
    execution->call.streaming = true;
    buf_init(&answer->event, MAX_EVENT);
    arena_defer(run_arena(execution->run), drop_event, &answer->event);
    timer_init(&answer->ping, service->loop, on_ping);
    execution_attach(execution, exchange);
    http_set_writable(exchange, on_writable, execution);
    http_stream_start(exchange, 200, "text/event-stream; charset=utf-8");
    timer_start(&answer->ping, PING_MS);
    return answer;
}
