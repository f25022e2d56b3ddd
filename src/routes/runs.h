/* What a client that lost a stream asks for: the rest of it, or its end. */
#pragma once

#include "routes/service.h"

/* Answers a request to a streaming endpoint that names, as Last-Event-ID, what it has got of an
 * earlier stream; false when it names nothing. */
bool runs_resume(struct service *service, const struct route *route, endpoint_fn *endpoint,
                 struct http_exchange *exchange);

/* Answers that there is no such run. */
void runs_reply_unknown(struct http_exchange *exchange, enum error_shape shape);
