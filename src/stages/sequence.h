/* RunnableSequence: each part takes what the one before it gives. */
#pragma once

#include <stddef.h>

#include "run/runnable.h"

/* A new instance of `count` > 0 parts; their references are taken over. */
struct runnable *sequence_new(struct runnable *const *parts, size_t count);

/* Whether it is a sequence. */
bool runnable_is_sequence(const struct runnable *runnable);
