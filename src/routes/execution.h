/* One run of a route's runnable on behalf of an HTTP exchange: when the client leaves, the run is
 * cancelled at once. */
#pragma once

#include "observe/callback_events.h"
#include "routes/body.h"
#include "routes/service.h"

struct execution {
    struct service *service;
    const struct route *route;
    struct http_exchange *exchange; /* NULL once the client is gone */
    struct run *run;                /* in whose arena this lives */
    struct call call;
    struct callback_events *events; /* what the answer tells of the run's steps; NULL: nothing */
};

/* A new execution of at least `size` bytes (a struct that begins with struct execution), zeroed,
 * in the arena of its run, on behalf of `exchange`.  What `ask` holds is kept as long as the run. */
void *execution_new(size_t size, struct service *service, const struct route *route,
                    const struct http_exchange *exchange, const struct ask *ask);

/* Cancels the execution when the client of `exchange` leaves; the exchange is then NULL. */
void execution_attach(struct execution *execution, struct http_exchange *exchange);

/* Has the run's steps listed for the answer, where the route wants that. */
void execution_list_events(struct execution *execution);

/* The run has given the first chunk of a stream. */
void execution_streams(struct execution *execution);

/* Counts the run's end, `streamed`: as a stream, and notes for the log of `exchange` (NULL: gone)
 * what it took. */
void execution_ended(struct execution *execution, const struct http_exchange *exchange,
                     const struct outcome *outcome, bool streamed);

/* Starts the run on the input; `out` is the owner's sink for what it gives. */
void execution_start(struct execution *execution, json_t *input, struct sink *out);
