#include <string.h>

#include "base/id.h"
#include "base/json.h"
#include "models/ollama_wire.h"

/* Text that holds a list or an object, read (new reference); NULL: it does not. */
static json_t *read_nested(const json_t *text)
{
    json_t *read = NULL;
    const char *start = json_string_value(text);
    if (!start || !strchr("[{", start[strspn(start, " \t\r\n")]) || *start == '\0' ||
        json_read(&read, start, json_string_length(text), NULL) != LS_OK)
        return NULL;
    return read;
}

/* The arguments as LangChain takes them: some models write lists and objects as text in them, or
 * repeat the function's name. */
static json_t *read_object(json_t *arguments, const char *name)
{
    const char *key;
    json_t *value, *args = json_object();
    json_object_foreach(arguments, key, value) {
        const char *text = json_string_value(value);
        if (text && name && strcmp(key, "functionName") == 0 && strcmp(text, name) == 0)
            continue;
        json_t *nested = read_nested(value);
        json_object_set_new(args, key, nested ? nested : json_incref(value));
    }
    return args;
}

/* The arguments of a call (new reference), NULL when they are no object. */
static json_t *read_arguments(json_t *arguments, const char *name)
{
    if (!arguments || json_is_null(arguments))
        return json_object();
    if (json_is_object(arguments))
        return read_object(arguments, name);
    json_t *read = read_nested(arguments);
    if (json_is_object(read))
        return read;
    json_decref(read);
    return NULL;
}

static json_t *new_id(void)
{
    char text[UUID_LEN + 1];
    struct uuid id = uuid_new();
    uuid_format(text, &id);
    return json_string(text);
}

void ollama_calls(const json_t *given, json_t **valid, json_t **invalid)
{
    size_t i;
    json_t *call;
    *valid = json_array();
    *invalid = json_array();
    json_array_foreach(json_object_get(given, "tool_calls"), i, call) {
        const json_t *function = json_object_get(call, "function");
        json_t *arguments = json_object_get(function, "arguments");
        const char *name = json_get_string(function, "name");
        json_t *args = read_arguments(arguments, name);
        if (args)
            json_array_append_new(*valid,
                                  json_pack("{s:s,s:o,s:o,s:s}", "name", name ? name : "", "args",
                                            args, "id", new_id(), "type", "tool_call"));
        else
            json_array_append_new(*invalid, json_pack("{s:s?,s:O?,s:o,s:s,s:s}", "name", name,
                                                      "args", arguments, "id", new_id(), "error",
                                                      "the arguments are no JSON object", "type",
                                                      "invalid_tool_call"));
    }
}
