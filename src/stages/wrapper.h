/* What modifiers share: a runnable around another one, whose schemas and parts are the other's. */
#pragma once

#include "base/list.h"
#include "run/runnable.h"

/* The beginning of such an instance. */
struct wrapper {
    struct runnable runnable;
    struct runnable *bound; /* owned */
};

/* The runnable inside. */
static inline struct runnable *wrapper_bound(const struct runnable *runnable)
{
    return container_of(runnable, const struct wrapper, runnable)->bound;
}

/* Readies the wrapper at the beginning of a new instance; `bound` is taken over and gives its
 * name. */
void wrapper_init(struct wrapper *wrapper, const struct runnable_ops *ops, struct runnable *bound);

/* Rows of runnable_ops. */
json_t *wrapper_input_schema(const struct runnable *runnable);
json_t *wrapper_output_schema(const struct runnable *runnable);
const struct runnable *wrapper_part(const struct runnable *runnable, unsigned i,
                                    const char **label);
void wrapper_fini(struct runnable *runnable);
