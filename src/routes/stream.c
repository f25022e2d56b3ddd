/* POST /stream: each chunk of the output as a server-sent event.
 *
 * The head leaves at once; the `metadata` event stands right before the first chunk.  A comment
 * keeps the connection alive while nothing comes. */
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/list.h"
#include "routes/answers.h"
#include "routes/execution.h"
#include "routes/reply.h"

enum { PING_MS = 15000, MAX_EVENT = 64 << 20 };

struct streaming {
    struct execution execution;
    struct sink out;
    struct timer ping;
    struct buf event; /* reused for each chunk */
    bool began;       /* the metadata event was sent */
    bool broken;      /* a chunk was too large to send */
};

static enum flow send(struct streaming *streaming)
{
    bool ready = http_stream_write(streaming->execution.exchange, streaming->event.data,
                                   streaming->event.len);
    buf_reset(&streaming->event);
    timer_start(&streaming->ping, PING_MS);
    return ready ? FLOW_ON : FLOW_FULL;
}

static void add_metadata(struct streaming *streaming)
{
    char id[UUID_LEN + 1];
    uuid_format(id, &streaming->execution.run->id);
    buf_add_str(&streaming->event, "event: metadata\r\ndata: {\"run_id\": \"");
    buf_add(&streaming->event, id, UUID_LEN);
    buf_add_str(&streaming->event, "\"}\r\n\r\n");
    streaming->began = true;
    (void)send(streaming);
}

/* LangServe's streams show a prompt of messages without its type. */
static json_t *shown(json_t *value)
{
    const char *type = json_get_string(value, "type");
    if (!type || strcmp(type, "ChatPromptValueConcrete") != 0)
        return json_incref(value);
    json_t *shown = json_copy(value);
    json_object_del(shown, "type");
    return shown;
}

static enum flow stream_push(struct sink *sink, const struct chunk *chunk)
{
    struct streaming *streaming = container_of(sink, struct streaming, out);
    if (!streaming->execution.exchange)
        return FLOW_STOP;
    if (!streaming->began)
        add_metadata(streaming);
    json_auto_t *value = shown(chunk->value);
    buf_add_str(&streaming->event, "event: data\r\ndata: ");
    (void)json_print(&streaming->event, value, JSON_SSE);
    buf_add_str(&streaming->event, "\r\n\r\n");
    if (streaming->event.full) {
        buf_reset(&streaming->event);
        streaming->broken = true;
        return FLOW_STOP;
    }
    return send(streaming);
}

/* Whether a step chose the HTTP status itself, as by HTTPException: LangServe's streams do not
 * tell it. */
static bool hides(const struct route *route, const struct outcome *outcome)
{
    return route->errors == ERRORS_LANGSERVE && outcome->err == LS_INTERNAL && outcome->status;
}

static void send_error(struct streaming *streaming, const struct outcome *outcome)
{
    struct execution *execution = &streaming->execution;
    bool hidden = hides(execution->route, outcome);
    int status = hidden ? 500 : reply_status(execution->route, outcome);
    const char *sentence = outcome->client && !hidden ? outcome->client
                           : status == 500            ? "Internal Server Error"
                                                      : ls_strerror(outcome->err);
    reply_log_failure(execution->exchange, execution->route, &execution->run->id, outcome);
    http_note(execution->exchange, err_code(outcome->err));
    buf_printf(&streaming->event,
               "event: error\r\ndata: {\"status_code\": %d, \"message\": ", status);
    (void)json_print_string(&streaming->event, sentence, strlen(sentence), JSON_SSE);
    buf_add_str(&streaming->event, "}\r\n\r\n");
    (void)send(streaming);
}

static void stream_done(struct sink *sink, const struct outcome *outcome)
{
    struct streaming *streaming = container_of(sink, struct streaming, out);
    struct execution *execution = &streaming->execution;
    struct outcome too_big = outcome_error(LS_TOO_BIG, "a chunk is too large for an event");
    const struct outcome *ended = streaming->broken ? &too_big : outcome;
    if (!execution->exchange) {
        reply_log_failure(NULL, execution->route, &execution->run->id, ended);
    } else if (ended->kind == OUTCOME_WELL) {
        static const char end[] = "event: end\r\n\r\n";
        http_stream_write(execution->exchange, end, sizeof end - 1);
        http_stream_end(execution->exchange, true);
    } else {
        send_error(streaming, ended);
        http_stream_end(execution->exchange, false);
    }
    execution->exchange = NULL;
    timer_stop(&streaming->ping);
    buf_fini(&streaming->event);
}

static const struct sink_ops stream_ops = {stream_push, stream_done};

/* ": ping - 2026-11-23 14:45:59.832000", as sse-starlette writes it. */
static void on_ping(struct timer *timer)
{
    struct streaming *streaming = container_of(timer, struct streaming, ping);
    char now[25];
    if (!streaming->execution.exchange)
        return;
    clock_format_iso(now, clock_wall_us());
    buf_printf(&streaming->event, ": ping - %.10s %.12s000\r\n\r\n", now, now + 11);
    (void)send(streaming);
}

static void on_writable(void *owner)
{
    run_resume(((struct execution *)owner)->run);
}

static bool start_answer(struct http_exchange *exchange)
{
    return http_add_header(exchange, "cache-control", "no-cache") == LS_OK &&
           http_add_header(exchange, "x-accel-buffering", "no") == LS_OK;
}

void answer_stream(struct service *service, const struct route *route,
                   struct http_exchange *exchange)
{
    struct ask ask;
    if (!body_read_ask(route, exchange, &ask) || !start_answer(exchange))
        return;
    struct streaming *streaming = execution_new(sizeof *streaming, service, route, exchange, &ask);
    struct execution *execution = &streaming->execution;
    execution->call.streaming = true;
    buf_init(&streaming->event, MAX_EVENT);
    sink_init(&streaming->out, &stream_ops, &execution->run->root);
    timer_init(&streaming->ping, service->loop, on_ping);
    execution_attach(execution, exchange);
    http_set_writable(exchange, on_writable, execution);
    http_stream_start(exchange, 200, "text/event-stream; charset=utf-8");
    timer_start(&streaming->ping, PING_MS);
    execution_start(execution, ask.input, &streaming->out);
}
