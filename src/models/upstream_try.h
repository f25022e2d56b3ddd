/* For upstream.c: which attempt comes next, and what is remembered of the endpoints. */
#pragma once

#include "models/upstream.h"

/* Chooses the endpoint of the first attempt; false: all circuits are open, and that is how the run
 * ends. */
bool upstream_choose(struct upstream *upstream);
struct outcome upstream_all_open(struct upstream *upstream);

/* Chooses the endpoint of an attempt after a wait, another one than before if there is one; false:
 * none may be asked any more. */
bool upstream_choose_again(struct upstream *upstream);

/* The endpoint that is asked answers. */
void upstream_answers(struct upstream *upstream);

/* It has sent nothing, and another one that was asked later has answered. */
void upstream_overtaken(struct upstream *upstream);

/* An attempt has failed.  True: another one follows, for which the wait was started; at the same
 * endpoint only if `again`. */
bool upstream_try_again(struct upstream *upstream, const struct outcome *failure, bool again);
