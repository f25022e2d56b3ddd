/* How each kind is built from its YAML value; the rows of kinds.c. */
#pragma once

#include "app/builder.h"
#include "schema/schema.h"

typedef struct runnable *build_fn(struct builder *builder, const struct node *value,
                                  const struct node *map);

/* The lambda of a Lua text: also a condition over `input`. */
struct runnable *build_lambda_text(struct builder *builder, const struct node *text);

/* The check of an input by a Lua text, or by {file, function}; it lives as long as the builder's
 * arena.  NULL when it has a mistake, which is told. */
const struct schema_check *build_lua_check(struct builder *builder, const struct node *value);

build_fn build_prompt, build_template, build_chain, build_model_kind, build_parse, build_parallel,
    build_assign, build_pick, build_value, build_passthrough, build_branch, build_map_kind,
    build_router, build_lambda, build_plugin_lambda, build_lua_lambda, build_lua_generator,
    build_remote, build_tool, build_retriever, build_guard, build_few_shot;

/* What a `branch` asks of its input: Lua, or any expression that is no text or a text that names a
 * runnable; what it gives counts as Python's truth. */
struct runnable *build_condition(struct builder *builder, const struct node *node);

/* Makes one of several runnables (references taken over, keys copied). */
typedef struct runnable *make_named_fn(const char *const *keys, struct runnable *const *runnables,
                                       size_t count);

/* What `make` makes of the members of a mapping; NULL when it has a mistake, which is told. */
struct runnable *build_named_parts(struct builder *builder, const struct node *value,
                                   const char *kind, make_named_fn *make);
