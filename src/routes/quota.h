/* What stands between a request that has found its endpoint and the endpoint: rate limits, the
 * worker's memory, the slots of the route.  What is refused is answered in the route's shape. */
#pragma once

#include "routes/service.h"

/* The request may go on. */
typedef void quota_pass_fn(void *owner);

/* Counts a request against the limits of its route, of the site and of its key, and calls `pass`:
 * within the call, or (counts in Redis) on a later turn.  One that a limit refuses is answered
 * instead, one whose client has gone is forgotten.  Paths of the site's own are not limited. */
void quota_count(struct service *service, const struct path_entry *entry,
                 struct http_exchange *exchange, quota_pass_fn *pass, void *owner);

/* Tells the metrics that a gate has refused a request: `key`, `rate`, `busy` or `memory`. */
void quota_count_refused(const char *reason);

/* Has the endpoint answer: now, or when the route has a slot free; or answers 503. */
void quota_answer(struct service *service, const struct path_entry *entry,
                  struct http_exchange *exchange);

/* What a run that is begun for the request being answered now keeps of the route's slot, which is
 * free again when the exchange and all such runs are over; for execution_new(). */
void quota_keep(const struct service *service, struct arena *arena);
