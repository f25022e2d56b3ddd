/* Options that hold a JSON Schema: `input` and `output` of steps and routes. */
#pragma once

#include "app/builder.h"

/* Tells every fault of the schema under `key` of `map`, where it was written, and drops it then
 * (*schema becomes NULL), so that nobody tells of it again.  *schema may be NULL. */
void schema_option_check(struct builder *builder, const struct node *map, const char *key,
                         json_t **schema);
