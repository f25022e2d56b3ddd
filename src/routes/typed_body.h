/* Bodies that FastAPI reads by itself: those of the endpoints about feedback, whose content type
 * counts, and of plain endpoints.  What is wrong with them is told in FastAPI's form. */
#pragma once

#include "http/server.h"
#include "routes/site.h"

/* Reads the body against a schema (JSON text): *out lives as long as the exchange.  The members of
 * `given` (an object, borrowed; or NULL) count where the body lacks them.  False: answered. */
bool typed_body_read(const struct route *route, struct http_exchange *exchange, const char *schema,
                     json_t *given, json_t **out);

/* Reads the body as JSON, whatever its content type says.  False: answered. */
bool typed_body_json(const struct route *route, struct http_exchange *exchange, json_t **out);

/* Changes errors of decoding into FastAPI's form: they lie below `place` ("body", "query"), have no
 * links, and its models say `Dict` and not what is in it. */
void typed_body_errors(json_t *errors, const char *place);
