/* The `history` modifier. */
#pragma once

#include "app/builder.h"
#include "yaml/option.h"

extern const struct option history_options[], history_field_options[];

/* `bound` (taken over) with the history that `node` describes; without it when that has a mistake,
 * which is told. */
struct runnable *build_history(struct builder *builder, const struct node *node,
                               struct runnable *bound);
