/* What each keyword of a schema means to us. */
#pragma once

#include <jansson.h>

/* The first keyword of `json` (an object) that restricts values in a way that is not understood
 * there, with the reason in *why; NULL: there is none. */
const char *keywords_refused(const json_t *json, const char **why);
