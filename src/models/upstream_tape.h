/* How an upstream's attempts use its tape. */
#pragma once

#include "models/upstream.h"

/* Starts an attempt's transfer: recorded, played, or, without a tape, neither.  NULL: what is asked
 * is not on the tape that it is to be played from; *why says so, and lives as long as the scope. */
struct fetch *upstream_transfer(struct upstream *upstream, struct fetch_request *request,
                                const struct fetch_events *events, const char **why);

/* Whether answers are played in no time, so that nothing waits for another attempt. */
bool upstream_at_once(const struct upstream *upstream);
