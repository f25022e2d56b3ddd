/* A constant, whatever the input. */
#pragma once

#include "run/runnable.h"

/* A new instance (one reference) that gives `value` (borrowed; a reference is kept). */
struct runnable *value_new(json_t *value);
