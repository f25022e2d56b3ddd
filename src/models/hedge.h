/* Hedging: the same question is put a second time when nothing of an answer has come for a while.
 * The one that gives a chunk first, or ends well, wins, and the other is cancelled. */
#pragma once

#include "run/runnable.h"
#include "run/scope.h"

/* A stage that opens `racer` once, in a scope of its own, and once more after `after` ms.  Both are
 * told by call.race which endpoints were asked already, and whether the second one has won. */
struct sink *hedge_open(const struct runnable *racer, int64_t after, struct scope *scope,
                        const struct call *call, struct sink *out);
