/* One option's value: from a node, or from its row's fallback, into the field of a struct. */
#pragma once

#include "yaml/option.h"

/* Sets the field at `field` to what the row gives when the key is absent. */
void option_fall_back(const struct option *row, void *field, struct arena *arena);

/* Sets the field at `field` from `node`; when the value is wrong, adds why to `problems` and
 * leaves the field alone. */
void option_read(const struct option *row, const struct node *node, void *field,
                 struct arena *arena, struct problems *problems);
