/* Design: a field is an option that the kind reads from its node.  Other values make another node,
 * and the kind builds it as it built the first, with problems of its own. */
#include <stdlib.h>
#include <string.h>

#include "app/providers.h"
#include "app/wraps.h"
#include "base/mem.h"
#include "stages/fields.h"
#include "yaml/option.h"

struct configurable_fields {
    const struct node *fields, *alternatives;
};

const struct option configurable_options[] = {
    {.name = "fields",
     .type = OPTION_NODE,
     .offset = offsetof(struct configurable_fields, fields),
     .schema = "{\"type\":\"object\",\"additionalProperties\":{\"anyOf\":["
               "{\"$ref\":\"#/$defs/field\"},{\"type\":\"null\"}]}}",
     .doc = "Options of the step that a run may set: `temperature: {id, name, description}`. They "
            "are the kind's own, or the model's."},
    {.name = "alternatives",
     .type = OPTION_NODE,
     .offset = offsetof(struct configurable_fields, alternatives),
     .schema = "{\"$ref\":\"#/$defs/alternatives\"}",
     .doc = "Runnables that a run may choose instead: `{id, default, options: {poem: …}}`."},
    {.name = NULL},
};

struct one_field {
    const char *id, *name, *description;
    json_t *options, *fallback;
};

const struct option field_options[] = {
    {.name = "id",
     .type = OPTION_STRING,
     .offset = offsetof(struct one_field, id),
     .doc = "What a run's `configurable` calls it; the option's name when absent."},
    {.name = "name",
     .type = OPTION_STRING,
     .offset = offsetof(struct one_field, name),
     .doc = "What a form shows."},
    {.name = "description",
     .type = OPTION_STRING,
     .offset = offsetof(struct one_field, description),
     .doc = "What a form explains."},
    {.name = "options",
     .type = OPTION_JSON,
     .offset = offsetof(struct one_field, options),
     .schema = "{\"type\":\"object\",\"minProperties\":1}",
     .doc = "What may be chosen: a key, and the value it stands for. Any value when absent."},
    {.name = "default",
     .type = OPTION_JSON,
     .offset = offsetof(struct one_field, fallback),
     .doc = "With `options`: the key that is chosen when a run says nothing; a list of keys where "
            "several may be chosen."},
    {.name = NULL},
};

/* How a kind with fields is built; in the app's arena. */
struct recipe {
    const struct kind *kind;
    const struct node *value, *map;
    const struct price_list *prices;
};

/* The table of a model's options, NULL when `recipe` is no model of a known provider. */
static const struct option *model_table(const struct recipe *recipe)
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

/* The row of an option that may be a field, and the node that holds it; NULL: there is none. */
static const struct option *row_of(const struct recipe *recipe, const char *name)
{
    const struct option *model = model_table(recipe);
    return find_row(model ? model : recipe->kind->options, name);
}

/* Whether the field is the kind's value itself: the text of a prompt. */
static bool is_value(const struct recipe *recipe, const char *name)
{
    return strcmp(recipe->kind->key, name) == 0 && recipe->value->kind == NODE_STRING &&
           !model_table(recipe);
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
                                   json_t *values, struct arena *arena)
{
    struct node *copy = node_new(arena, NODE_MAP, map->place);
    for (size_t i = 0; i < map->as.map.count; i++)
        if (!json_object_get(values, map->as.map.members[i].key))
            node_set_as(arena, copy, &map->as.map.members[i]);
    const char *name;
    json_t *value;
    json_object_foreach(values, name, value) {
        json_auto_t *said = literal(row_of(recipe, name), value);
        if (!is_value(recipe, name))
            node_set(arena, copy, name, node_from_json(arena, said, map->place));
    }
    return copy;
}

static struct runnable *build_with(const struct recipe *recipe, json_t *values,
                                   struct builder *builder)
{
    const struct node *value = recipe->value, *map = recipe->map;
    json_t *text = json_object_get(values, recipe->kind->key);
    if (model_table(recipe))
        value = replaced(recipe, value, values, builder->arena);
    else
        map = replaced(recipe, map, values, builder->arena);
    if (text && is_value(recipe, recipe->kind->key))
        value = node_from_json(builder->arena, text, recipe->value->place);
    return recipe->kind->build(builder, value, map);
}

static struct runnable *make(void *owner, json_t *values, struct arena *arena, const char **why)
{
    struct problems problems;
    struct builder builder;
    problems_init(&problems);
    builder_init(&builder, arena, &problems);
    builder.unrouted = true;
    builder.prices = ((const struct recipe *)owner)->prices;
    struct runnable *made = build_with(owner, values, &builder);
    if (problems.errors > 0) {
        *why = arena_strdup(arena, problems.items[0].text);
        runnable_rele(made);
        made = NULL;
    }
    builder_fini(&builder);
    problems_fini(&problems);
    return made;
}

/* The default of an option's schema (new reference), null when it has none. */
static json_t *said_default(json_t *schema)
{
    json_t *fallback = json_object_get(schema, "default");
    return fallback ? json_incref(fallback) : json_null();
}

/* What the file says of an option, or its default; what may be a secret is not shown. */
static json_t *shown_default(const struct recipe *recipe, const char *name, json_t *schema)
{
    const struct node *holder = model_table(recipe) ? recipe->value : recipe->map;
    const struct node *node = is_value(recipe, name) ? recipe->value : node_get(holder, name);
    if (!node || node->kind == NODE_NULL)
        return said_default(schema);
    bool reference = node->secret || (node->kind == NODE_STRING && !is_value(recipe, name) &&
                                      strstr(node->as.string.text, "${"));
    return reference ? json_null() : node_to_json(node);
}

/* Fills in the type and the default of a field without options; false (and told) when the kind
 * has no such option. */
static bool read_type(struct builder *builder, const struct recipe *recipe,
                      const struct node_member *member, struct field *field)
{
    const struct option *model = model_table(recipe);
    const struct option *table = model ? model : recipe->kind->options;
    const struct option *row = row_of(recipe, member->key);
    if (!row && !is_value(recipe, member->key)) {
        const char *known[64] = {NULL};
        size_t count = 0;
        for (const struct option *r = table; r && r->name && count < 62; r++)
            known[count++] = r->name;
        if (!model && recipe->value->kind == NODE_STRING)
            known[count++] = recipe->kind->key;
        problems_unknown(builder->problems, member->key_place, "option", member->key, known);
        return false;
    }
    json_t *schema = row ? option_value_schema(row) : json_pack("{s:s}", "type", "string");
    field->schema = arena_give_json(builder->arena, schema);
    field->fallback = arena_give_json(builder->arena, shown_default(recipe, member->key, schema));
    return true;
}

/* Whether `chosen` is a key of `options`, or a list of them. */
static bool is_choice(json_t *options, json_t *chosen)
{
    size_t i;
    json_t *key;
    if (json_is_string(chosen))
        return json_object_get(options, json_string_value(chosen)) != NULL;
    json_array_foreach(chosen, i, key)
        if (!json_is_string(key) || !json_object_get(options, json_string_value(key)))
            return false;
    return json_is_array(chosen);
}

static bool read_field(struct builder *builder, const struct recipe *recipe,
                       const struct node_member *member, struct field *field)
{
    struct one_field one = {0};
    const struct node *node = member->value;
    if (node->kind != NODE_MAP && node->kind != NODE_NULL) {
        problems_error(builder->problems, node->place, "fields: expected {id, name, description}");
        return false;
    }
    options_read(field_options, node, &one, NULL, "field", builder->arena, builder->problems);
    const struct option *row = row_of(recipe, member->key);
    if (row && row->fixed) {
        problems_error(builder->problems, node->place, "fields: '%s' is the same for all runs",
                       member->key);
        return false;
    }
    if (row && row->type == OPTION_NODE && !one.options) {
        problems_error(builder->problems, node->place,
                       "fields: '%s' holds expressions, which no run may write: say which there "
                       "are under `options`",
                       member->key);
        return false;
    }
    *field = (struct field){.name = member->key,
                            .label = {.id = one.id ? one.id : member->key,
                                      .name = one.name,
                                      .description = one.description}};
    if (!read_type(builder, recipe, member, field))
        return false;
    if (!one.options && !one.fallback)
        return true;
    field->options = one.options;
    field->fallback = one.fallback;
    if (json_is_object(one.options) && is_choice(one.options, one.fallback))
        return true;
    problems_error(builder->problems, node->place,
                   "fields: `options` is a mapping, and `default` one of its keys, or a list of "
                   "them");
    return false;
}

/* The values that the defaults of fields with options stand for. */
static json_t *default_values(const struct field *fields, size_t count)
{
    json_t *values = json_object();
    for (size_t i = 0; i < count; i++)
        if (fields[i].options)
            json_object_set_new(values, fields[i].name,
                                field_value(&fields[i], fields[i].fallback));
    return values;
}

static struct runnable *wrap_fields(struct builder *builder, const struct node *node,
                                    struct recipe *recipe, struct runnable *bound)
{
    size_t count = node->kind == NODE_MAP ? node->as.map.count : 0;
    struct field *fields = arena_zalloc(builder->arena, (count + 1) * sizeof *fields);
    bool well = count > 0;
    if (!well)
        problems_error(builder->problems, node->place,
                       "fields: expected a mapping of options to {id, name, description}");
    for (size_t i = 0; i < count; i++)
        well = read_field(builder, recipe, &node->as.map.members[i], &fields[i]) && well;
    if (!well)
        return bound;
    json_auto_t *values = default_values(fields, count);
    if (json_object_size(values) > 0) {
        runnable_rele(bound);
        bound = build_with(recipe, values, builder);
    }
    return bound ? fields_new(bound, fields, count, make, recipe) : NULL;
}

/* How `kind` is built from its node; a named model stands for its options. */
static struct recipe recipe_of(struct builder *builder, const struct kind *kind,
                               const struct node *value, const struct node *map)
{
    bool names = strcmp(kind->key, "model") == 0 || strcmp(kind->key, "chain") == 0;
    const struct node *model =
        names && value->kind == NODE_STRING ? builder_model(builder, value->as.string.text) : NULL;
    if (model)
        return (struct recipe){.kind = kind_find("model"), .value = model, .map = map};
    return (struct recipe){.kind = kind, .value = value, .map = map};
}

struct runnable *wrap_configurable(struct builder *builder, const struct node *node,
                                   const struct kind *kind, const struct node *value,
                                   const struct node *map, struct runnable *bound)
{
    struct configurable_fields parts = {0};
    if (node->kind != NODE_MAP) {
        problems_error(builder->problems, node->place,
                       "configurable: expected {fields: …} or {alternatives: …}");
        return bound;
    }
    options_read(configurable_options, node, &parts, NULL, "configurable", builder->arena,
                 builder->problems);
    struct recipe *recipe = arena_alloc(builder->arena, sizeof *recipe);
    *recipe = recipe_of(builder, kind, value, map);
    recipe->prices = builder->prices;
    if (parts.fields)
        bound = wrap_fields(builder, parts.fields, recipe, bound);
    if (bound && parts.alternatives)
        bound = wrap_alternatives(builder, parts.alternatives, bound);
    return bound;
}
