/* A value to try a schema with. */
#pragma once

#include <jansson.h>

/* A small value that looks like one of the schema's (new reference): its examples and defaults, the
 * required members of objects, names of members as their texts.  It need not fit where the schema
 * asks for more than types, lengths and a least number. */
json_t *schema_example(const json_t *schema);
