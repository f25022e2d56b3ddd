/* RunnableBinding of `bind()`: parameters that go with every run of a runnable. */
#pragma once

#include "run/runnable.h"

/* A new instance around `bound` (reference taken over); `kwargs` is an object. */
struct runnable *bind_new(struct runnable *bound, json_t *kwargs);
