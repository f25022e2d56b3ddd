/* `config_from` of a route: what a request, or who sends it, sets in the config of its run. */
#pragma once

#include "app/builder.h"
#include "routes/modify.h"
#include "yaml/option.h"

extern const struct option source_options[];

/* Adds the sources of a mapping of keys to `modifier`; they live in the builder's arena.  Mistakes
 * are told. */
void build_sources(struct builder *builder, const struct route *route, const struct node *node,
                   struct config_modifier *modifier);
