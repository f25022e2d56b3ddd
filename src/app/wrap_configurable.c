/* The modifier `configurable`: which options of a step a run may set. */
#include <string.h>

#include "app/recipe.h"
#include "app/wraps.h"

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

/* The default of an option's schema (new reference), null when it has none. */
static json_t *said_default(json_t *schema)
{
    json_t *fallback = json_object_get(schema, "default");
    return fallback ? json_incref(fallback) : json_null();
}

/* What the file says of an option, or its default; what may be a secret is not shown. */
static json_t *shown_default(const struct recipe *recipe, const char *name, json_t *schema)
{
    const struct node *holder = recipe_model_table(recipe) ? recipe->value : recipe->map;
    const struct node *node =
        recipe_is_value(recipe, name) ? recipe->value : node_get(holder, name);
    if (!node || node->kind == NODE_NULL)
        return said_default(schema);
    bool reference = node->secret || (node->kind == NODE_STRING && !recipe_is_value(recipe, name) &&
                                      strstr(node->as.string.text, "${"));
    return reference ? json_null() : node_to_json(node);
}

/* Fills in the type and the default of a field without options; false (and told) when the kind
 * has no such option. */
static bool read_type(struct builder *builder, const struct recipe *recipe,
                      const struct node_member *member, struct field *field)
{
    const struct option *model = recipe_model_table(recipe);
    const struct option *table = model ? model : recipe->kind->options;
    const struct option *row = recipe_row(recipe, member->key);
    if (!row && !recipe_is_value(recipe, member->key)) {
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
    const struct option *row = recipe_row(recipe, member->key);
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
    recipe->fields = fields;
    recipe->count = count;
    json_auto_t *values = default_values(fields, count);
    if (json_object_size(values) > 0) {
        runnable_rele(bound);
        bound = recipe_build(recipe, values, builder);
    }
    return bound ? fields_new(bound, fields, count, recipe_make, recipe) : NULL;
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
