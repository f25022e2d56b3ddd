/* The reader of JSON texts in UTF-8, for json_read() alone. */
#pragma once

#include <jansson.h>

/* The value of a text of valid UTF-8 (a new reference), or NULL and in *why a sentence about what
 * is wrong (static).  What is refused: see json_read(). */
json_t *json_parse(const char *data, size_t len, const char **why);
