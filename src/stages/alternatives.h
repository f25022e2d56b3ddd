/* RunnableConfigurableAlternatives: a run's `configurable` says which of several runnables runs. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "run/runnable.h"

struct alternatives_options {
    const char *id;                 /* in `configurable` */
    const char *name, *description; /* what a form shows; may be NULL */
    const char *default_key;        /* what the first one is called */
    bool prefix_keys;               /* what is inside reads "<id>==<key>/<its id>" */
};

/* A new instance: `runnables` (references taken over) are `count` (at least one), the default
 * first; `keys` name them, but for the default, whose key is in the options. */
struct runnable *alternatives_new(const struct alternatives_options *options,
                                  const char *const *keys, struct runnable *const *runnables,
                                  size_t count);
