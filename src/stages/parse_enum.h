/* EnumOutputParser: an answer that is one of a set of texts. */
#pragma once

#include "run/runnable.h"

/* A new instance; `values` is a list of strings (a reference is kept). */
struct runnable *parse_enum_new(json_t *values);
