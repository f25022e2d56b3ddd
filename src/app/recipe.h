/* How a step with fields is built with other values of them.
 *
 * A field is an option that the kind reads from its node.  Other values make another node, and the
 * kind builds it as it built the first, with problems of its own. */
#pragma once

#include "app/kinds.h"
#include "stages/fields.h"
#include "yaml/option.h"

/* In the app's arena. */
struct recipe {
    const struct kind *kind;
    const struct node *value, *map;
    const struct price_list *prices;
    const struct field *fields; /* of which `count` may be set */
    size_t count;
};

/* The table of a model's options, NULL when `recipe` is no model of a known provider. */
const struct option *recipe_model_table(const struct recipe *recipe);

/* The row of an option that may be a field; NULL: there is none. */
const struct option *recipe_row(const struct recipe *recipe, const char *name);

/* Whether the field is the kind's value itself: the text of a prompt. */
bool recipe_is_value(const struct recipe *recipe, const char *name);

/* The step with these values (an object). */
struct runnable *recipe_build(const struct recipe *recipe, json_t *values, struct builder *builder);

/* The same during a run (a fields_make_fn); `owner` is the recipe. */
struct runnable *recipe_make(void *owner, json_t *values, struct arena *arena, const char **why);
