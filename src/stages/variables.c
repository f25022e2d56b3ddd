#include "stages/variables.h"

#include <string.h>

#include "stages/schema_parts.h"

json_t *variables_of(json_t *input, const json_t *wanted)
{
    if (json_is_object(input))
        return json_incref(input);
    if (json_array_size(wanted) != 1)
        return NULL;
    json_t *object = json_object();
    json_object_set(object, json_string_value(json_array_get(wanted, 0)),
                    input ? input : json_null());
    return object;
}

const char *variables_missing(struct arena *arena, const json_t *variables, const json_t *required,
                              const char *type)
{
    size_t i;
    json_t *name;
    json_array_foreach(required, i, name)
        if (!json_object_get(variables, json_string_value(name)))
            return arena_printf(arena, "Input to %s is missing the variable '%s'", type,
                                json_string_value(name));
    return NULL;
}

json_t *variables_schema(const json_t *names)
{
    json_t *schema = schema_new_object("PromptInput");
    size_t i;
    json_t *name;
    json_array_foreach(names, i, name) {
        const char *key = json_string_value(name);
        json_object_set_new(json_object_get(schema, "properties"), key,
                            json_pack("{s:o,s:s}", "title", schema_title(key), "type", "string"));
        json_array_append(json_object_get(schema, "required"), name);
    }
    return schema_finish(schema, json_object());
}

void variables_add(json_t *names, const char *name)
{
    size_t i = 0;
    while (i < json_array_size(names) &&
           strcmp(json_string_value(json_array_get(names, i)), name) < 0)
        i++;
    const char *there = json_string_value(json_array_get(names, i));
    if (!there || strcmp(there, name) != 0)
        json_array_insert_new(names, i, json_string(name));
}
