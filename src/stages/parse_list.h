/* CommaSeparatedListOutputParser: the items of a list that a model says. */
#pragma once

#include "run/runnable.h"

/* A new instance (one reference). */
struct runnable *parse_list_new(void);
