/* RunnableEach: a runnable over each element of a list. */
#pragma once

#include "run/runnable.h"

/* A new instance around `bound` (reference taken over).  Elements run at the same time, as many
 * as `max_concurrency` of the config says. */
struct runnable *each_new(struct runnable *bound);
