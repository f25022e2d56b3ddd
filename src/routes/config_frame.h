/* The config of a request: what the hash in its path chose, what the body says, what the route
 * itself sets; and what of it nobody reads. */
#pragma once

#include "routes/config.h"

struct config_frame {
    const struct route *route;
    struct http_exchange *exchange;
    json_t *hashed;  /* the decoded config of the hash in the path; NULL: none */
    json_t *ignored; /* an object whose keys are ids that the chain does not read; NULL: none */
};

/* Reads what the request's path says.  False: answered. */
bool config_frame_begin(struct config_frame *frame, const struct route *route,
                        struct http_exchange *exchange);

/* The config of one run, for which the body says `given` (an object, or NULL).  False: answered. */
bool config_frame_run(struct config_frame *frame, json_t *given, struct run_config *config);

/* Names in the answer's headers what was given and is not read, and ends the frame's life. */
void config_frame_end(struct config_frame *frame);
