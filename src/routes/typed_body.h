/* Bodies that FastAPI reads by itself: those of the endpoints about feedback.  Their content type
 * counts, and what is wrong with them is told in FastAPI's form. */
#pragma once

#include "http/server.h"
#include "routes/site.h"

/* Reads the body against a schema (JSON text): *out lives as long as the exchange.  The members of
 * `given` (an object, borrowed; or NULL) count where the body lacks them.  False: answered. */
bool typed_body_read(const struct route *route, struct http_exchange *exchange, const char *schema,
                     json_t *given, json_t **out);
