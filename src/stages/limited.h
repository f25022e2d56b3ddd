/* Limits how many runs of a runnable are under way at once in a worker: further ones wait for a
 * slot with their whole input, and fail with LS_OVERLOADED when too many wait, or one too long. */
#pragma once

#include "run/runnable.h"
#include "run/slots.h"

/* A new instance around `bound` (taken over) with a rule (copied). */
struct runnable *limited_new(struct runnable *bound, const struct slots_rule *rule);
