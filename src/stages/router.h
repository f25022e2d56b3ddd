/* RouterRunnable: one of several runnables, by the key that stands in the input. */
#pragma once

#include <stddef.h>

#include "run/runnable.h"

/* A new instance (references taken over, keys copied) for inputs `{key, input}`. */
struct runnable *router_new(const char *const *keys, struct runnable *const *runnables,
                            size_t count);
