#include "stages/config_spec.h"

#include <stdlib.h>

#include "stages/schema_parts.h"

static json_t *title_of(const struct config_label *label)
{
    return label->name ? json_string(label->name) : schema_title(label->id);
}

/* The members of `property` in alphabetical order, with default and description; as a spec. */
static json_t *spec_of(const struct config_label *label, json_t *property, json_t *fallback,
                       json_t *defs)
{
    if (fallback)
        json_object_set_new(property, "default", fallback);
    if (label->description)
        json_object_set_new(property, "description", json_string(label->description));
    char *text = json_dumps(property, JSON_SORT_KEYS);
    json_t *spec = json_pack("{s:o,s:o*}", "property", json_loads(text, 0, NULL), "defs", defs);
    free(text);
    json_decref(property);
    return spec;
}

json_t *config_spec_value(const struct config_label *label, json_t *schema, json_t *fallback)
{
    json_object_set_new(schema, "title", title_of(label));
    return spec_of(label, schema, fallback, NULL);
}

/* A definition of `keys` and a reference to it. */
static json_t *define(const struct config_label *label, json_t *keys, json_t *defs)
{
    const char *name = label->name ? label->name : label->id;
    return schema_as_def(json_pack("{s:o,s:s,s:s}", "enum", keys, "title", name, "type", "string"),
                         defs);
}

json_t *config_spec_choice(const struct config_label *label, json_t *keys, json_t *fallback)
{
    json_t *defs = json_object();
    json_t *property = define(label, keys, defs);
    return spec_of(label, property, fallback, defs);
}

json_t *config_spec_choices(const struct config_label *label, json_t *keys, json_t *fallback)
{
    json_t *defs = json_object();
    json_t *items = define(label, keys, defs);
    json_t *property =
        json_pack("{s:o,s:o,s:s}", "items", items, "title", title_of(label), "type", "array");
    return spec_of(label, property, fallback, defs);
}
