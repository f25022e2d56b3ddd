/* RunnableWithFallbacks: other runnables for when one fails. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "run/runnable.h"

struct fallbacks_options {
    uint64_t on;     /* the errors after which the next one is tried (stages/attempt.h); 0: all */
    const char *key; /* where in the input (an object) the next one finds what the error says;
                        NULL: nowhere */
};

/* A new instance of `count` (at least one) runnables to be tried in turn (references taken over).
 * It takes its input whole; when all fail the first error counts. */
struct runnable *fallbacks_new(struct runnable *const *runnables, size_t count,
                               const struct fallbacks_options *options);
