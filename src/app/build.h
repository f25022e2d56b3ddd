/* How each kind is built from its YAML value; the rows of kinds.c. */
#pragma once

#include "app/builder.h"

typedef struct runnable *build_fn(struct builder *builder, const struct node *value,
                                  const struct node *map);

/* The lambda of a Lua text: also a condition over `input`. */
struct runnable *build_lambda_text(struct builder *builder, const struct node *text);

build_fn build_prompt, build_template, build_chain, build_model_kind, build_parse, build_parallel,
    build_assign, build_pick, build_value, build_passthrough, build_lua_lambda,
    build_lua_generator;
