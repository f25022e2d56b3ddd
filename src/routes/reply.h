/* Answers that tell of errors, in the shape a route speaks. */
#pragma once

#include "http/server.h"
#include "routes/site.h"
#include "run/outcome.h"

/* Answers `status` with a sentence; `err` gives the code where the shape has one. */
void reply_sentence(struct http_exchange *exchange, enum error_shape shape, enum ls_err err,
                    int status, const char *sentence);

/* Answers 422 with a list of validation errors (taken over). */
void reply_invalid(struct http_exchange *exchange, enum error_shape shape, json_t *errors);

/* Answers a run that failed, and logs why. */
void reply_failed(struct http_exchange *exchange, const struct route *route,
                  const struct uuid *run_id, const struct outcome *outcome);

/* Logs a run that failed (what the client left behind is told at a lower level). */
void reply_log_failure(const struct http_exchange *exchange, const struct route *route,
                       const struct uuid *run_id, const struct outcome *outcome);

/* The HTTP status a client of `route` sees for an outcome that is an error. */
int reply_status(const struct route *route, const struct outcome *outcome);

/* Answers `status`, or 200, with `value` as JSON. */
void reply_json_status(struct http_exchange *exchange, int status, const json_t *value);
void reply_json(struct http_exchange *exchange, const json_t *value);
