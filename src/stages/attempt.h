/* One try at a runnable, in a scope of its own and with the whole input; what retries and
 * fallbacks share.
 *
 * When somebody streams, chunks go out as they come, and a failure after the first of them is
 * final.  When nobody does, the output is held back until the end, so that a try that fails
 * leaves nothing behind.  Interrupts and cancellation are final as well. */
#pragma once

#include <stdint.h>

#include "run/gather.h"
#include "run/scope.h"

struct attempt;

/* A try has failed and nothing of it went out: end `out`, or have another one started, on a clean
 * stack. */
typedef void attempt_failed_fn(struct attempt *attempt, const struct outcome *outcome);

/* Lives in its stage. */
struct attempt {
    struct sink sink; /* takes what the runnable gives */
    struct sink *out;
    struct scope *scope; /* of the stage */
    struct gather held;
    attempt_failed_fn *failed;
    bool streaming, gave;
};

/* Readies the attempts of a stage in `scope` whose output is `out`. */
void attempt_init(struct attempt *attempt, struct scope *scope, struct sink *out, bool streaming,
                  attempt_failed_fn *failed);

/* Opens `runnable` and gives it `input` (NULL: none). */
void attempt_start(struct attempt *attempt, const struct runnable *runnable,
                   const struct call *call, json_t *input);

/* A set of kinds of errors: a bit for each. */
static inline uint64_t error_bit(enum ls_err err)
{
    return UINT64_C(1) << err;
}

/* Whether `err` is in the set; the empty set stands for all. */
static inline bool error_is_in(uint64_t set, enum ls_err err)
{
    return set == 0 || (set & error_bit(err)) != 0;
}
