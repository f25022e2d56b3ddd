#include "models/tool_form.h"

#include <string.h>

#include "base/json.h"

static json_t *function_of(const char *name, json_t *description, json_t *parameters)
{
    if (parameters)
        return json_pack("{s:s,s:O*,s:O}", "name", name, "description", description, "parameters",
                         parameters);
    return json_pack("{s:s,s:O*,s:{s:s,s:{}}}", "name", name, "description", description,
                     "parameters", "type", "object", "properties");
}

/* As LangChain names what a JSON Schema describes; neither title nor description stays in it. */
static json_t *function_of_schema(json_t *schema, const char *title)
{
    json_auto_t *parameters = json_copy(schema);
    json_object_del(parameters, "title");
    json_object_del(parameters, "description");
    return function_of(title, json_object_get(schema, "description"), parameters);
}

json_t *tool_function(json_t *tool)
{
    json_t *function = json_object_get(tool, "function");
    json_t *own = json_object_get(tool, "input_schema");
    const char *name = json_get_string(function ? function : tool, "name");
    const char *title = json_get_string(tool, "title");
    if (function)
        return name ? json_incref(function) : NULL;
    if (name && (own || !json_object_get(tool, "type")))
        return function_of(name, json_object_get(tool, "description"),
                           own ? own : json_object_get(tool, "parameters"));
    return !name && title ? function_of_schema(tool, title) : NULL;
}

typedef void schema_fn(json_t *schema);

static void walk(json_t *schema, schema_fn *fn);

static void walk_members(json_t *members, schema_fn *fn)
{
    const char *key;
    json_t *member;
    json_object_foreach(members, key, member)
        walk(member, fn);
}

/* Calls `fn` for each schema in a private one. */
static void walk(json_t *schema, schema_fn *fn)
{
    size_t i;
    json_t *choice;
    if (!json_is_object(schema))
        return;
    fn(schema);
    walk_members(json_object_get(schema, "properties"), fn);
    walk_members(json_object_get(schema, "$defs"), fn);
    walk(json_object_get(schema, "items"), fn);
    json_array_foreach(json_object_get(schema, "anyOf"), i, choice)
        walk(choice, fn);
}

static json_t *walked(const json_t *schema, schema_fn *fn)
{
    json_t *copy = json_deep_copy(schema);
    walk(copy, fn);
    return copy;
}

static void close_schema(json_t *schema)
{
    if (json_object_get(schema, "properties"))
        json_object_set_new(schema, "additionalProperties", json_false());
}

static void untitle_schema(json_t *schema)
{
    if (json_is_string(json_object_get(schema, "title")))
        json_object_del(schema, "title");
}

json_t *tool_strict_schema(const json_t *schema)
{
    return walked(schema, close_schema);
}

json_t *tool_untitled_schema(const json_t *schema)
{
    return walked(schema, untitle_schema);
}

json_t *tool_long_form(json_t *tool, bool strict)
{
    json_t *function = tool_function(tool);
    if (!function)
        return json_incref(tool);
    json_t *made = json_copy(function);
    json_decref(function);
    if (strict) {
        json_t *schema = tool_strict_schema(json_object_get(made, "parameters"));
        json_object_set_new(made, "parameters", schema ? schema : json_object());
        json_object_set_new(made, "strict", json_true());
    }
    return json_pack("{s:s,s:o}", "type", "function", "function", made);
}

json_t *tools_long_form(const json_t *tools, bool strict)
{
    size_t i;
    json_t *tool, *list = json_array();
    json_array_foreach(tools, i, tool)
        json_array_append_new(list, tool_long_form(tool, strict));
    return list;
}

json_t *tool_response_schema(const json_t *format)
{
    const json_t *named = json_object_get(format, "json_schema");
    json_t *schema = json_copy(json_object_get(named, "schema"));
    json_t *description = json_object_get(named, "description");
    if (schema)
        json_object_set(schema, "title", json_object_get(named, "name"));
    if (schema && description)
        json_object_set(schema, "description", description);
    return schema;
}

static enum tool_choice choice_of_word(const char *word, const char **name)
{
    static const struct {
        const char *word;
        enum tool_choice choice;
    } words[] = {
        {"auto", TOOL_CHOICE_AUTO},
        {"none", TOOL_CHOICE_NONE},
        {"any", TOOL_CHOICE_ANY},
        {"required", TOOL_CHOICE_ANY},
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i].word, word) == 0)
            return words[i].choice;
    *name = word;
    return TOOL_CHOICE_NAMED;
}

enum tool_choice tool_choice_read(const json_t *choice, const char **name)
{
    const json_t *function = json_object_get(choice, "function");
    const char *type = json_get_string(choice, "type");
    *name = json_get_string(function ? function : choice, "name");
    if (!choice || json_is_null(choice) || json_is_false(choice))
        return TOOL_CHOICE_UNSAID;
    if (json_is_true(choice))
        return TOOL_CHOICE_ANY;
    if (json_is_string(choice))
        return choice_of_word(json_string_value(choice), name);
    if (*name)
        return TOOL_CHOICE_NAMED;
    if (!type)
        return TOOL_CHOICE_OTHER;
    enum tool_choice said = choice_of_word(type, name);
    return said == TOOL_CHOICE_NAMED ? TOOL_CHOICE_OTHER : said;
}
