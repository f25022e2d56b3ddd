/* RunnableParallel: several runnables take the same input; the output is an object of theirs. */
#pragma once

#include <stddef.h>

#include "run/runnable.h"

/* A new instance of `count` > 0 branches under `keys` (copied, distinct); the references to the
 * branches are taken over. */
struct runnable *parallel_new(const char *const *keys, struct runnable *const *branches,
                              size_t count);

/* Whether a parallel has a branch of that key. */
bool parallel_has_key(const struct runnable *runnable, const char *key);

/* "<a,b>": the keys as they stand in LangChain's names (new string). */
char *parallel_key_list(const struct runnable *runnable);
