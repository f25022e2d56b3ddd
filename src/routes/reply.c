#include "routes/reply.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "routes/error_body.h"

void reply_json_status(struct http_exchange *exchange, int status, const json_t *value)
{
    struct buf *body = http_body(exchange);
    if (json_print(body, value, JSON_WIRE) != LS_OK) {
        reply_sentence(exchange, ERRORS_LANGSERVE, LS_TOO_BIG, 500, "The answer is too large");
        return;
    }
    http_respond_body(exchange, status, "application/json");
}

void reply_json(struct http_exchange *exchange, const json_t *value)
{
    reply_json_status(exchange, 200, value);
}

static void reply_error(struct http_exchange *exchange, enum error_shape shape, enum ls_err err,
                        int status, const char *sentence, json_t *detail)
{
    const struct http_request *request = http_request(exchange);
    const struct error_said said = {
        error_shape_for(request, shape), err, status, sentence, detail, request->id};
    http_respond_body(exchange, status, error_body_print(http_body(exchange), &said));
}

void reply_sentence(struct http_exchange *exchange, enum error_shape shape, enum ls_err err,
                    int status, const char *sentence)
{
    reply_error(exchange, shape, err, status, sentence, NULL);
}

void reply_invalid(struct http_exchange *exchange, enum error_shape shape, json_t *errors)
{
    reply_error(exchange, shape, LS_BAD_INPUT, 422, ls_strerror(LS_BAD_INPUT), errors);
    json_decref(errors);
}

static bool is_upstream(enum ls_err err)
{
    return err >= LS_UPSTREAM && err <= LS_CONTEXT_LENGTH;
}

int reply_status(const struct route *route, const struct outcome *outcome)
{
    if (outcome->status)
        return outcome->status;
    switch (outcome->err) {
    case LS_TIMEOUT:
    case LS_SHUTDOWN:
    case LS_OVERLOADED:
    case LS_UPSTREAM_OPEN:
    case LS_STORE: return err_status(outcome->err);
    default:
        return route->tells_upstream && is_upstream(outcome->err) ? err_status(outcome->err) : 500;
    }
}

static const char *sentence_of(const struct outcome *outcome, int status)
{
    if (outcome->client)
        return outcome->client;
    return status == 500 ? "Internal Server Error" : ls_strerror(outcome->err);
}

void reply_log_failure(const struct http_exchange *exchange, const struct route *route,
                       const struct uuid *run_id, const struct outcome *outcome)
{
    char id[UUID_LEN + 1];
    uuid_format(id, run_id);
    const struct log_field fields[] = {
        log_str("route", route->path),
        log_str("error", err_code(outcome->err)),
        log_said("message", outcome_message(outcome)),
        log_str("run_id", id),
        log_str("request_id", exchange ? http_request(exchange)->id : NULL),
        log_str("trace_id", exchange ? http_request(exchange)->trace.trace_id : NULL),
    };
    log_fields(outcome->err == LS_CANCELLED ? LOG_INFO : LOG_ERROR, "run_failed", fields,
               sizeof fields / sizeof fields[0]);
}

/* A second where nobody knows. */
static void add_retry_after(struct http_exchange *exchange, int64_t seconds)
{
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)(seconds > 0 ? seconds : 1));
    (void)http_add_header(exchange, "retry-after", text);
}

void reply_failed(struct http_exchange *exchange, const struct route *route,
                  const struct uuid *run_id, const struct outcome *outcome)
{
    int status = reply_status(route, outcome);
    reply_log_failure(exchange, route, run_id, outcome);
    if (outcome->err == LS_OVERLOADED || outcome->err == LS_UPSTREAM_OPEN)
        add_retry_after(exchange, outcome->retry_after);
    http_note(exchange, err_code(outcome->err));
    if (status == 500 && !outcome->client &&
        error_shape_for(http_request(exchange), route->errors) == ERRORS_LANGSERVE) {
        static const char text[] = "Internal Server Error";
        http_respond(exchange, 500, "text/plain; charset=utf-8", text, sizeof text - 1);
        return;
    }
    reply_error(exchange, route->errors, outcome->err, status, sentence_of(outcome, status),
                outcome->detail);
}
