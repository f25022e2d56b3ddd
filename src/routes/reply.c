#include "routes/reply.h"

#include <string.h>

#include "base/json.h"
#include "base/log.h"

static const char type_json[] = "application/json";

void reply_json(struct http_exchange *exchange, const json_t *value)
{
    struct buf *body = http_body(exchange);
    if (json_print(body, value, JSON_WIRE) != LS_OK) {
        reply_sentence(exchange, ERRORS_LANGSERVE, LS_TOO_BIG, 500, "The answer is too large");
        return;
    }
    http_respond_body(exchange, 200, type_json);
}

/* {"error":{"code","message","request_id"[,"detail"]}} */
static json_t *json_shape(const struct http_exchange *exchange, enum ls_err err,
                          const char *sentence, json_t *detail)
{
    json_t *error = json_pack("{s:s,s:s,s:s}", "code", err_code(err), "message", sentence,
                              "request_id", http_request(exchange)->id);
    if (detail)
        json_object_set(error, "detail", detail);
    return json_pack("{s:o}", "error", error);
}

/* RFC 9457 */
static json_t *problem_shape(const struct http_exchange *exchange, int status, const char *sentence,
                             json_t *detail)
{
    json_t *problem = json_pack("{s:s,s:s,s:i,s:s}", "type", "about:blank", "title", sentence,
                                "status", status, "instance", http_request(exchange)->id);
    if (detail)
        json_object_set(problem, "errors", detail);
    return problem;
}

static void reply_error(struct http_exchange *exchange, enum error_shape shape, enum ls_err err,
                        int status, const char *sentence, json_t *detail)
{
    json_auto_t *body = shape == ERRORS_JSON ? json_shape(exchange, err, sentence, detail)
                        : shape == ERRORS_PROBLEM
                            ? problem_shape(exchange, status, sentence, detail)
                        : detail ? json_pack("{s:O}", "detail", detail)
                                 : json_pack("{s:s}", "detail", sentence);
    if (json_print(http_body(exchange), body, JSON_WIRE) != LS_OK) {
        http_respond(exchange, status, type_json, "{}", 2);
        return;
    }
    http_respond_body(exchange, status,
                      shape == ERRORS_PROBLEM ? "application/problem+json" : type_json);
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
        log_str("message", outcome_message(outcome)),
        log_str("run_id", id),
        log_str("request_id", exchange ? http_request(exchange)->id : NULL),
        log_str("trace_id", exchange ? http_request(exchange)->trace.trace_id : NULL),
    };
    log_fields(outcome->err == LS_CANCELLED ? LOG_INFO : LOG_ERROR, "run_failed", fields,
               sizeof fields / sizeof fields[0]);
}

void reply_failed(struct http_exchange *exchange, const struct route *route,
                  const struct uuid *run_id, const struct outcome *outcome)
{
    int status = reply_status(route, outcome);
    reply_log_failure(exchange, route, run_id, outcome);
    http_note(exchange, err_code(outcome->err));
    if (status == 500 && !outcome->client && route->errors == ERRORS_LANGSERVE) {
        static const char text[] = "Internal Server Error";
        http_respond(exchange, 500, "text/plain; charset=utf-8", text, sizeof text - 1);
        return;
    }
    reply_error(exchange, route->errors, outcome->err, status, sentence_of(outcome, status),
                outcome->detail);
}
