/* What providers say that an answer took. */
#pragma once

#include <jansson.h>

/* The count of tokens under `key` (0: none is told).  What cannot be one is bounded, so that sums
 * of counts hold; some servers write 3 as 3.0. */
json_int_t token_count(const json_t *usage, const char *key);
