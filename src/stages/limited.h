/* Limits how many runs of a runnable are under way at once in a worker, and how many begin in which
 * time: further ones wait for a slot with their whole input, and fail with LS_OVERLOADED when too
 * many wait, or one too long.
 *
 * What a run takes of a rate of tokens is guessed from its input (a token for four bytes), and put
 * right at its end by the usage that its messages tell; where they tell none, the answer's text is
 * added to the guess. */
#pragma once

#include "run/runnable.h"
#include "run/slots.h"

/* A new instance around `bound` (taken over) with a rule (copied). */
struct runnable *limited_new(struct runnable *bound, const struct slots_rule *rule);
