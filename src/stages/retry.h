/* RunnableRetry: tries a runnable again when it fails. */
#pragma once

#include <stdint.h>

#include "run/runnable.h"

struct retry_options {
    unsigned attempts;    /* in all; more than 0 */
    bool jitter;          /* waits that double, with a random part; false: none */
    int64_t initial, max; /* ms: the first wait, the longest one */
    uint64_t on;          /* the errors that are tried again (stages/attempt.h); 0: all */
};

/* A new instance around `bound` (reference taken over).  It takes its input whole. */
struct runnable *retry_new(struct runnable *bound, const struct retry_options *options);
