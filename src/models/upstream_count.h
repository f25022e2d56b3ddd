/* What is counted of requests to other servers (base/metrics.def). */
#pragma once

#include "base/err.h"
#include "models/upstream.h"

/* A request is over: `outcome` is well, error (of the kind `error`, else NULL) or cancelled. */
void upstream_count(const char *outcome, const char *error);

/* One that has ended by itself: with an error, or with the status of its answer. */
void upstream_count_end(const struct upstream *upstream, enum ls_err err);
