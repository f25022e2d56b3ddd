/* RunnablePick: one member of an object, or an object of some of its members. */
#pragma once

#include "run/runnable.h"

/* A new instance: the value under `key`. */
struct runnable *pick_one_new(const char *key);

/* A new instance: an object of those of `keys` (a list of text, borrowed) that are there. */
struct runnable *pick_many_new(json_t *keys);

/* The keys of a pick (borrowed): text for one, a list for many; NULL for any other kind. */
const json_t *pick_keys(const struct runnable *runnable);
