/* A limit on the time a runnable may take, from its first input on. */
#pragma once

#include <stdint.h>

#include "run/runnable.h"

/* A new instance around `bound` (reference taken over) that fails with LS_TIMEOUT after `ms`. */
struct runnable *timeout_new(struct runnable *bound, int64_t ms);
