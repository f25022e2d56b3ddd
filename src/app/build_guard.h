/* `guard`, as a kind and as an option of routes. */
#pragma once

#include "app/builder.h"
#include "stages/guard.h"
#include "yaml/option.h"

extern const struct option guard_options[];

/* What a guard's value says: an action, or a mapping.  False, and told, when it is wrong; the
 * rules are the caller's to hand on. */
bool read_guard(struct builder *builder, const struct node *value, struct guard_rules *rules);
