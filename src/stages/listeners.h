/* RunnableBinding of `with_listeners()`: runnables that are told how another one runs. */
#pragma once

#include "run/runnable.h"

/* What is run when the bound runnable starts, ends well, fails; NULL: nothing.  Each is given
 * `{id, name, inputs, outputs | error, tags, metadata, start_time, end_time}`. */
struct listeners_of {
    struct runnable *start, *end, *error;
};

/* A new instance around `bound`; the references are taken over.  Nobody waits for a listener: it
 * runs on its own, its result is dropped and its failure logged. */
struct runnable *listeners_new(struct runnable *bound, const struct listeners_of *listeners);
