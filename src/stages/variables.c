#include "stages/variables.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
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

static int compare_names(const void *a, const void *b)
{
    const char *const *left = a, *const *right = b;
    return strcmp(*left, *right);
}

json_t *variables_sorted(const json_t *names, const json_t *without)
{
    size_t count = 0, size = json_object_size(names);
    const char **sorted = mem_zalloc(size + 1, sizeof *sorted), *name;
    json_t *list = json_array(), *value;
    json_object_foreach((json_t *)names, name, value)
        if (!json_object_get(without, name))
            sorted[count++] = name;
    qsort(sorted, count, sizeof *sorted, compare_names);
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, json_string_nocheck(sorted[i]));
    free(sorted);
    return list;
}
