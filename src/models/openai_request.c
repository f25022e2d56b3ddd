#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "models/openai_wire.h"
#include "models/tool_form.h"

static const char *role_of(const json_t *message)
{
    static const char *const roles[][2] = {
        {"human", "user"},
        {"ai", "assistant"},
        {"system", "system"},
        {"tool", "tool"},
        {"function", "function"},
        {"HumanMessageChunk", "user"},
        {"AIMessageChunk", "assistant"},
        {"SystemMessageChunk", "system"},
        {"ToolMessageChunk", "tool"},
        {"FunctionMessageChunk", "function"},
    };
    const char *type = json_get_string(message, "type");
    const char *role = json_get_string(message, "role"); /* of a chat message */
    const char *meant =
        json_get_string(json_object_get(message, "additional_kwargs"), "__openai_role__");
    if (meant && type && strncmp(type, "system", 6) == 0) /* as LangChain keeps "developer" */
        return meant;
    for (size_t i = 0; type && i < sizeof roles / sizeof roles[0]; i++)
        if (strcmp(roles[i][0], type) == 0)
            return roles[i][1];
    return role ? role : "user";
}

/* The arguments of a call as the text OpenAI wants; a client may have left them out. */
static json_t *arguments_text(const json_t *args)
{
    if (!args)
        return json_string("{}");
    return json_is_string(args) ? json_copy((json_t *)args) : json_text(args, JSON_WIRE);
}

/* Calls of the history, valid or not, go back as they were made. */
static void add_tool_calls(json_t *calls, const json_t *list)
{
    size_t i;
    json_t *call;
    json_array_foreach(list, i, call) {
        const char *name = json_get_string(call, "name");
        json_t *id = json_object_get(call, "id");
        json_array_append_new(calls, json_pack("{s:s,s:O?,s:{s:s,s:o}}", "type", "function", "id",
                                               json_is_null(id) ? NULL : id, "function", "name",
                                               name ? name : "", "arguments",
                                               arguments_text(json_object_get(call, "args"))));
    }
}

static void add_assistant(json_t *out, const json_t *message)
{
    json_auto_t *calls = json_array();
    json_t *call = json_object_get(json_object_get(message, "additional_kwargs"), "function_call");
    add_tool_calls(calls, json_object_get(message, "tool_calls"));
    add_tool_calls(calls, json_object_get(message, "invalid_tool_calls"));
    if (json_array_size(calls) > 0)
        json_object_set(out, "tool_calls", calls);
    else if (json_is_object(call)) /* the form that was before tools */
        json_object_set(out, "function_call", call);
    else
        return;
    if (!json_truth(json_object_get(out, "content")))
        json_object_set_new(out, "content", json_null());
}

static json_t *request_message(const json_t *message, const char **why)
{
    const char *role = role_of(message);
    json_t *given = json_object_get(message, "content");
    json_t *content = given ? openai_content(given, why) : json_string("");
    json_t *name = json_object_get(message, "name");
    if (!content)
        return NULL;
    json_t *out = json_object();
    json_object_set_new(out, "role", json_string(role));
    json_object_set_new(out, "content", content);
    if (json_is_string(name) && strcmp(role, "tool") != 0)
        json_object_set(out, "name", name);
    if (strcmp(role, "assistant") == 0)
        add_assistant(out, message);
    if (strcmp(role, "tool") == 0 && json_object_get(message, "tool_call_id"))
        json_object_set(out, "tool_call_id", json_object_get(message, "tool_call_id"));
    return out;
}

/* The choice in the API's form (new reference), NULL when nothing is said. */
static json_t *choice_of(json_t *choice)
{
    const char *name;
    switch (tool_choice_read(choice, &name)) {
    case TOOL_CHOICE_AUTO: return json_string("auto");
    case TOOL_CHOICE_NONE: return json_string("none");
    case TOOL_CHOICE_ANY: return json_string("required");
    case TOOL_CHOICE_NAMED:
        return json_pack("{s:s,s:{s:s}}", "type", "function", "function", "name", name);
    case TOOL_CHOICE_OTHER: return json_incref(choice);
    default: return NULL;
    }
}

/* Tools, and which is to be called, as LangChain's bind_tools() takes them. */
static void add_tools(json_t *body, json_t *kwargs)
{
    json_t *tools = json_object_get(kwargs, "tools");
    json_t *choice = choice_of(json_object_get(kwargs, "tool_choice"));
    if (tools)
        json_object_set_new(
            body, "tools", tools_long_form(tools, json_is_true(json_object_get(kwargs, "strict"))));
    if (choice)
        json_object_set_new(body, "tool_choice", choice);
}

/* Parameters of a call, as LangChain's client takes them: `max_tokens` may have another name in the
 * request, what is in `extra_body` stands in the body itself.  Whether the answer is a stream is
 * not theirs to say. */
static void add_kwargs(json_t *body, json_t *kwargs, const char *most_tokens)
{
    static const char *const others[] = {"max_tokens", "extra_body", "stream",      "messages",
                                         "prompt",     "tools",      "tool_choice", "strict"};
    json_auto_t *own = json_copy(kwargs);
    json_t *tokens = json_object_get(kwargs, "max_tokens");
    json_t *extra = json_object_get(kwargs, "extra_body");
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        json_object_del(own, others[i]);
    if (tokens)
        json_object_set(own, most_tokens, tokens);
    json_object_update(body, own);
    add_tools(body, kwargs);
    if (json_is_object(extra))
        json_object_update(body, extra);
}

void openai_add_parameters(json_t *body, const struct model_options *options, json_t *kwargs,
                           bool stream, const char *most_tokens)
{
    json_object_set_new(body, "model", json_string(options->model));
    if (stream)
        json_object_set_new(body, "stream", json_true());
    if (stream && options->stream_usage)
        json_object_set_new(body, "stream_options", json_pack("{s:b}", "include_usage", 1));
    json_object_update(body, options->parameters);
    if (kwargs)
        add_kwargs(body, kwargs, most_tokens);
}

json_t *openai_request(const struct model_options *options, json_t *kwargs, json_t *messages,
                       bool stream, const char **why)
{
    json_auto_t *list = json_array();
    json_t *message;
    size_t i;
    json_array_foreach(messages, i, message) {
        json_t *sent = request_message(message, why);
        if (!sent)
            return NULL;
        json_array_append_new(list, sent);
    }
    json_t *body = json_pack("{s:O}", "messages", list);
    openai_add_parameters(body, options, kwargs, stream, "max_completion_tokens");
    return body;
}
