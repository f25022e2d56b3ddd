/* What each keyword of a schema means to us. */
#pragma once

#include <jansson.h>
#include <stdbool.h>

/* Whether the keyword `key` of `json` (an object) restricts values in a way that is not understood
 * there: *near is the keyword that was probably meant, or NULL and *why the reason. */
bool keyword_is_refused(const json_t *json, const char *key, const char **why, const char **near);
