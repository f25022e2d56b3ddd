/* What a route's options say of its requests beside the body: `require`, `config_from`, `deny`. */
#pragma once

#include "app/builder.h"
#include "routes/modify.h"
#include "routes/require.h"
#include "yaml/option.h"

extern const struct option require_options[], rule_options[], deny_options[], source_options[];

/* The requirements of a mapping {headers, cookies}; NULL when there are none.  They live in the
 * builder's arena.  Mistakes are told. */
const struct requirements *build_requirements(struct builder *builder, const struct node *node);

/* The modifier of `config_from` (a mapping of keys to their sources, or a NODE_NATIVE with a struct
 * config_modifier) and `deny` (a list of rules) of a route for `runnable`; NULL when neither is
 * given. */
const struct config_modifier *build_modifier(struct builder *builder,
                                             const struct runnable *runnable,
                                             const struct node *sources, const struct node *deny);
