/* The options that models of all providers have: limits of their runs, and a cache. */
#pragma once

#include "app/builder.h"
#include "yaml/option.h"

extern const struct option model_common_options[];

/* The keys of a model's mapping that are not its provider's; ends with NULL. */
extern const char *const model_common_keys[];

/* The model (taken over) with what its mapping says of these; `own_keys` are its provider's.  Models
 * that are made of the same mapping, with other values, share limits. */
struct runnable *model_common_apply(struct builder *builder, const struct node *map,
                                    const char *const *own_keys, struct runnable *model);
