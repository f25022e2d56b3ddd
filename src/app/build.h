/* How each kind is built from its YAML value; the rows of kinds.c. */
#pragma once

#include "app/builder.h"

typedef struct runnable *build_fn(struct builder *builder, const struct node *value,
                                  const struct node *map);

build_fn build_prompt, build_template, build_chain, build_model_kind, build_parse, build_parallel,
    build_assign, build_pick, build_value, build_passthrough, build_lambda, build_plugin_lambda,
    build_remote;
