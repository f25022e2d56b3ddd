/* RunnableBranch: the first runnable whose condition holds, or else the default. */
#pragma once

#include <stddef.h>

#include "run/runnable.h"

/* One arm: when what `condition` makes of the input is true as Python sees it, `then` runs. */
struct branch_arm {
    struct runnable *condition, *then;
};

/* A new instance (references taken over). */
struct runnable *branch_new(const struct branch_arm *arms, size_t count,
                            struct runnable *otherwise);
