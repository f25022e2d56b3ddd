/* What a route's options say of its requests beside the body: `require`, `config_from`, `deny`. */
#pragma once

#include "app/builder.h"
#include "routes/modify.h"
#include "routes/require.h"
#include "yaml/option.h"

extern const struct option require_options[], rule_options[], deny_options[];

/* Who sends it: the one of `header` and `cookie` that is given.  False, and told, otherwise. */
bool build_sent(struct builder *builder, struct place place, const char *header, const char *cookie,
                struct sent *sent);

/* The requirements of a mapping {headers, cookies}; NULL when there are none.  They live in the
 * builder's arena.  Mistakes are told. */
const struct requirements *build_requirements(struct builder *builder, const struct node *node);

/* The modifier of `config_from` (a mapping of keys to their sources, or a NODE_NATIVE with a struct
 * config_modifier) and `deny` (a list of rules) of `route`, which has its runnable and its auth; NULL
 * when neither is given. */
const struct config_modifier *build_modifier(struct builder *builder, const struct route *route,
                                             const struct node *sources, const struct node *deny);
