/* The frame of a request body: `{"input": …, "config": …, "kwargs": …}`, or many inputs.
 * What is wrong with it is answered here. */
#pragma once

#include "http/server.h"
#include "routes/config.h"
#include "routes/site.h"

/* What one run is asked for. */
struct ask {
    json_t *body;  /* the whole frame, of a plain endpoint all that was sent; the arena's */
    json_t *input; /* decoded against the route's input schema; the arena's */
    struct run_config config;
};

/* Reads the body of /invoke and of the streams.  False: answered. */
bool body_read_ask(const struct route *route, struct http_exchange *exchange, struct ask *ask);

/* Reads the body of /batch: *asks (the arena's) of *count, and the number of runs that may be
 * under way at once.  False: answered. */
bool body_read_asks(const struct route *route, struct http_exchange *exchange, struct ask **asks,
                    size_t *count, size_t *at_once);

/* Reads what a plain endpoint is asked: its body, or its query.  False: answered. */
bool body_read_plain(const struct route *route, struct http_exchange *exchange, struct ask *ask);
