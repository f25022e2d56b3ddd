/* RunnableAssign: the input object with members added, each the output of a runnable on it. */
#pragma once

#include "run/runnable.h"

/* A new instance; `mapper` is a parallel whose reference is taken over. */
struct runnable *assign_new(struct runnable *mapper);

/* The parallel of an assign; NULL for any other kind. */
const struct runnable *assign_mapper(const struct runnable *runnable);
