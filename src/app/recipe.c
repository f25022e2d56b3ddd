#include "app/recipe.h"

#include <string.h>

#include "app/providers.h"
#include "base/json.h"

const struct option *recipe_model_table(const struct recipe *recipe)
{
    const struct node *provider =
        strcmp(recipe->kind->key, "model") == 0 && recipe->value->kind == NODE_MAP
            ? node_get(recipe->value, "provider")
            : NULL;
    for (const struct provider *p = providers; provider && p->name; p++)
        if (provider->kind == NODE_STRING && strcmp(p->name, provider->as.string.text) == 0)
            return p->options;
    return NULL;
}

static const struct option *find_row(const struct option *table, const char *name)
{
    for (const struct option *row = table; row && row->name; row++)
        if (strcmp(row->name, name) == 0)
            return row;
    return NULL;
}

const struct option *recipe_row(const struct recipe *recipe, const char *name)
{
    const struct option *model = recipe_model_table(recipe);
    return find_row(model ? model : recipe->kind->options, name);
}

bool recipe_is_value(const struct recipe *recipe, const char *name)
{
    return strcmp(recipe->kind->key, name) == 0 && recipe->value->kind == NODE_STRING &&
           !recipe_model_table(recipe);
}

/* Whether a run says the option's value itself, and does not choose from what the file lists. */
static bool is_free(const struct recipe *recipe, const char *name)
{
    bool free = false;
    for (size_t i = 0; i < recipe->count; i++)
        free |= strcmp(recipe->fields[i].name, name) == 0 && !recipe->fields[i].options;
    return free;
}

/* The option that says at which address the kind asks; or NULL. */
static const char *address_option(const struct recipe *recipe)
{
    static const char *const names[] = {"base_url", "remote"};
    bool model = find_row(recipe_model_table(recipe), names[0]) != NULL;
    return model ? names[0] : recipe_is_value(recipe, names[1]) ? names[1] : NULL;
}

/* Whether a client said the address, and not the file. */
static bool is_foreign(const struct recipe *recipe, json_t *values)
{
    const char *option = address_option(recipe);
    const char *said = option ? json_get_string(values, option) : NULL;
    if (!said || !is_free(recipe, option))
        return false;
    const struct node *own =
        recipe_is_value(recipe, option) ? recipe->value : node_get(recipe->value, option);
    return !own || own->kind != NODE_STRING || strcmp(own->as.string.text, said) != 0;
}

/* Whether an option belongs to the address that the file names, and to no other: what may be a
 * secret, and what is known of the servers there. */
static bool is_of_address(const char *name)
{
    static const char *const names[] = {"api_key", "api_keys", "endpoints", "breaker", "headers"};
    bool is = false;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        is |= strcmp(names[i], name) == 0;
    return is;
}

/* `${` in what a client says is no reference to the environment. */
static json_t *without_references(json_t *value)
{
    const char *text = json_string_value(value), *at;
    if (!text || !strstr(text, "${"))
        return json_incref(value);
    struct buf escaped;
    buf_init(&escaped, json_string_length(value) * 2 + 1);
    for (; (at = strstr(text, "${")); text = at + 2) {
        buf_add(&escaped, text, (size_t)(at - text));
        buf_add_str(&escaped, "$${");
    }
    buf_add_str(&escaped, text);
    json_t *made = json_string(buf_str(&escaped));
    buf_fini(&escaped);
    return made;
}

/* A client's value with every text in it as it stands. */
static json_t *escaped(json_t *value)
{
    json_t *item;
    size_t i;
    const char *key;
    if (!json_is_array(value) && !json_is_object(value))
        return without_references(value);
    json_t *copy = json_copy(value);
    json_array_foreach(value, i, item)
        json_array_set_new(copy, i, escaped(item));
    json_object_foreach(value, key, item)
        json_object_set_new(copy, key, escaped(item));
    return copy;
}

/* A client's value for the option of `row` (NULL: the kind's own); JSON is not interpolated. */
static json_t *literal(const struct option *row, json_t *value)
{
    bool plain = !row || row->type == OPTION_JSON || row->type == OPTION_NODE;
    return plain ? json_incref(value) : escaped(value);
}

/* A copy of a mapping in which the members that `values` names are replaced or added. */
static const struct node *replaced(const struct recipe *recipe, const struct node *map,
                                   json_t *values, const struct builder *builder)
{
    struct arena *arena = builder->arena;
    struct node *copy = node_new(arena, NODE_MAP, map->place);
    for (size_t i = 0; i < map->as.map.count; i++) {
        const struct node_member *member = &map->as.map.members[i];
        if (!json_object_get(values, member->key) &&
            !(builder->foreign && is_of_address(member->key)))
            node_set_as(arena, copy, member);
    }
    const char *name;
    json_t *value;
    json_object_foreach(values, name, value) {
        json_auto_t *said = literal(recipe_row(recipe, name), value);
        if (!recipe_is_value(recipe, name))
            node_set(arena, copy, name, node_from_json(arena, said, map->place));
    }
    return copy;
}

struct runnable *recipe_build(const struct recipe *recipe, json_t *values, struct builder *builder)
{
    const struct node *value = recipe->value, *map = recipe->map;
    json_t *text = json_object_get(values, recipe->kind->key);
    if (recipe_model_table(recipe))
        value = replaced(recipe, value, values, builder);
    else
        map = replaced(recipe, map, values, builder);
    if (text && recipe_is_value(recipe, recipe->kind->key)) {
        struct node *said = node_from_json(builder->arena, text, recipe->value->place);
        if (said->kind == NODE_STRING)
            said->as.string.literal = is_free(recipe, recipe->kind->key);
        value = said;
    }
    return recipe->kind->build(builder, value, map);
}

struct runnable *recipe_make(void *owner, json_t *values, struct arena *arena, const char **why)
{
    struct problems problems;
    struct builder builder;
    problems_init(&problems);
    builder_init(&builder, arena, &problems);
    builder.unrouted = true;
    builder.prices = ((const struct recipe *)owner)->prices;
    builder.foreign = is_foreign(owner, values);
    struct runnable *made = recipe_build(owner, values, &builder);
    if (problems.errors > 0) {
        *why = arena_strdup(arena, problems.items[0].text);
        runnable_rele(made);
        made = NULL;
    }
    builder_fini(&builder);
    problems_fini(&problems);
    return made;
}
