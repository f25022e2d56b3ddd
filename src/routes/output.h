/* What a run gave, on its way out. */
#pragma once

#include <jansson.h>

#include "routes/site.h"
#include "run/outcome.h"

/* The end of a run as the client is to see it: a value that does not fit a declared output schema
 * becomes an error.  *output is a new reference to the value (null when nothing came), NULL when
 * the end is not well. */
struct outcome output_check(const struct route *route, json_t *value, const struct outcome *outcome,
                            json_t **output);
