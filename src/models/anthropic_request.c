#include <string.h>

#include "base/json.h"
#include "models/anthropic.h"
#include "models/anthropic_wire.h"
#include "models/tool_form.h"

static json_t *tool_of(json_t *tool, bool strict)
{
    json_auto_t *function = tool_function(tool);
    if (!function || json_object_get(tool, "input_schema"))
        return json_incref(tool);
    json_t *given = json_object_get(function, "parameters");
    json_auto_t *schema = strict ? tool_strict_schema(given) : json_incref(given);
    json_t *made =
        json_pack("{s:O,s:O*,s:O*}", "name", json_object_get(function, "name"), "description",
                  json_object_get(function, "description"), "input_schema", schema);
    if (!schema)
        json_object_set_new(made, "input_schema",
                            json_pack("{s:s,s:{}}", "type", "object", "properties"));
    if (strict)
        json_object_set_new(made, "strict", json_true());
    return made;
}

static void set_tools(json_t *body, json_t *tools, bool strict)
{
    size_t i;
    json_t *tool, *list = json_array();
    json_array_foreach(tools, i, tool)
        json_array_append_new(list, tool_of(tool, strict));
    json_object_set_new(body, "tools", list);
}

/* The choice in the API's form (new reference), NULL when nothing is said. */
static json_t *choice_of(json_t *choice)
{
    const char *name;
    switch (tool_choice_read(choice, &name)) {
    case TOOL_CHOICE_AUTO: return json_pack("{s:s}", "type", "auto");
    case TOOL_CHOICE_NONE: return json_pack("{s:s}", "type", "none");
    case TOOL_CHOICE_ANY: return json_pack("{s:s}", "type", "any");
    case TOOL_CHOICE_NAMED: return json_pack("{s:s,s:s}", "type", "tool", "name", name);
    case TOOL_CHOICE_OTHER: return json_copy(choice);
    default: return NULL;
    }
}

static bool thinks(const json_t *body)
{
    const char *type = json_get_string(json_object_get(body, "thinking"), "type");
    return type && (strcmp(type, "enabled") == 0 || strcmp(type, "adaptive") == 0);
}

static bool is_forced(const json_t *choice)
{
    const char *type = json_get_string(choice, "type");
    return type && (strcmp(type, "any") == 0 || strcmp(type, "tool") == 0);
}

/* Tools are not forced on a model that thinks: the API refuses that. */
static void set_choice(json_t *body, json_t *given, const json_t *parallel)
{
    json_t *choice = choice_of(given);
    if (choice && thinks(body) && is_forced(choice)) {
        json_decref(choice);
        choice = NULL;
    }
    if (json_is_boolean(parallel)) {
        if (!choice)
            choice = json_pack("{s:s}", "type", "auto");
        json_object_set_new(choice, "disable_parallel_tool_use",
                            json_boolean(!json_is_true(parallel)));
    }
    if (choice)
        json_object_set_new(body, "tool_choice", choice);
}

/* The form of the answer; the API takes closed schemas only. */
static void set_format(json_t *body, const json_t *format)
{
    json_auto_t *schema = tool_response_schema(format);
    json_t *config = json_object_get(body, "output_config");
    if (!schema)
        return;
    json_t *own = config ? json_copy(config) : json_object();
    json_object_set_new(own, "format",
                        json_pack("{s:s,s:o}", "type", "json_schema", "schema",
                                  tool_strict_schema(schema)));
    json_object_set_new(body, "output_config", own);
}

/* Parameters of a call, as LangChain's bind_tools() and invoke() take them. */
static void add_kwargs(json_t *body, json_t *kwargs)
{
    static const char *const others[] = {"tools",          "tool_choice", "parallel_tool_calls",
                                         "strict",         "stop",        "extra_body",
                                         "stream",         "messages",    "system",
                                         "response_format"};
    json_auto_t *own = json_copy(kwargs);
    json_t *extra = json_object_get(kwargs, "extra_body");
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        json_object_del(own, others[i]);
    json_object_update(body, own);
    if (json_object_get(kwargs, "stop"))
        json_object_set(body, "stop_sequences", json_object_get(kwargs, "stop"));
    if (json_is_array(json_object_get(kwargs, "tools")))
        set_tools(body, json_object_get(kwargs, "tools"),
                  json_is_true(json_object_get(kwargs, "strict")));
    set_format(body, json_object_get(kwargs, "response_format"));
    set_choice(body, json_object_get(kwargs, "tool_choice"),
               json_object_get(kwargs, "parallel_tool_calls"));
    if (json_is_object(extra))
        json_object_update(body, extra);
}

json_t *anthropic_request(const struct model_options *options, json_t *kwargs, json_t *messages,
                          bool stream, const char **why)
{
    json_t *system = NULL;
    json_t *list = anthropic_messages(messages, &system, why);
    if (!list)
        return NULL;
    json_t *body = json_pack("{s:s,s:i,s:o}", "model", options->model, "max_tokens",
                             ANTHROPIC_MAX_TOKENS, "messages", list);
    if (system && (json_is_string(system) || json_array_size(system) > 0))
        json_object_set(body, "system", system);
    json_decref(system);
    json_object_update(body, options->parameters);
    if (kwargs)
        add_kwargs(body, kwargs);
    if (stream)
        json_object_set_new(body, "stream", json_true());
    return body;
}
