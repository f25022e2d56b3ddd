/* Messages as people write them, in the wire's form: what LangChain's convert_to_messages() does. */
#include <string.h>

#include "base/json.h"
#include "run/message.h"

/* The message type of a role, or of a type; NULL when it is neither. */
static const char *type_of(const char *word)
{
    static const char *const types[][2] = {
        {"human", "human"},  {"user", "human"},        {"ai", "ai"},
        {"assistant", "ai"}, {"system", "system"},     {"developer", "system"},
        {"tool", "tool"},    {"function", "function"}, {"chat", "chat"},
    };
    for (size_t i = 0; word && i < sizeof types / sizeof types[0]; i++)
        if (strcmp(types[i][0], word) == 0)
            return types[i][1];
    return NULL;
}

static bool is_content(const json_t *content)
{
    size_t i;
    json_t *block;
    json_array_foreach(content, i, block)
        if (!json_is_string(block) && !json_is_object(block))
            return false;
    return json_is_string(content) || json_is_array(content);
}

/* A call as OpenAI writes it, {id, function: {name, arguments}}, or as LangChain does, in
 * LangChain's form.  New reference; NULL when its arguments are no object. */
static json_t *read_call(json_t *call)
{
    json_t *function = json_object_get(call, "function");
    if (!json_is_object(call))
        return NULL;
    if (!function) {
        json_t *made = json_copy(call);
        json_object_set_new(made, "type", json_string("tool_call"));
        return made;
    }
    json_t *id = json_object_get(call, "id"), *read = NULL;
    json_t *arguments = json_object_get(function, "arguments");
    const char *why;
    if (!json_is_string(arguments))
        read = json_incref(arguments);
    else if (json_read(&read, json_string_value(arguments), json_string_length(arguments), &why))
        read = NULL;
    json_t *name = json_object_get(function, "name");
    if (json_is_object(read) && json_is_string(name))
        return json_pack("{s:O,s:o,s:O,s:s}", "name", name, "args", read, "id",
                         id ? id : json_null(), "type", "tool_call");
    json_decref(read);
    return NULL;
}

static bool read_calls(json_t *message)
{
    json_t *calls = json_object_get(message, "tool_calls"), *call;
    size_t i;
    if (!calls)
        return true;
    json_t *read = message_own(message, "tool_calls", json_array());
    json_array_foreach(calls, i, call)
        if (json_array_append_new(read, read_call(call)) != 0)
            return false;
    return true;
}

/* Fills in what tools' messages have besides; false when a member is missing that messages of the
 * type must have. */
static bool complete(const char *type, json_t *message)
{
    if (strcmp(type, "function") == 0)
        return json_get_string(message, "name");
    if (strcmp(type, "tool") != 0)
        return true;
    if (!json_object_get(message, "artifact"))
        json_object_set_new(message, "artifact", json_null());
    if (!json_object_get(message, "status"))
        json_object_set_new(message, "status", json_string("success"));
    return json_get_string(message, "tool_call_id");
}

/* OpenAI's dialect tells a developer's message from a system's by this, LangChain's word for it. */
static void mark_developer(json_t *message)
{
    json_t *more = json_copy(json_object_get(message, "additional_kwargs"));
    json_object_set_new(message_own(message, "additional_kwargs", more), "__openai_role__",
                        json_string("developer"));
}

/* A message of the type or role `word` made of what was written; members that say more (a tool
 * call's id, a chat message's role) stay.  NULL when it would be none. */
static json_t *message_of(const char *word, json_t *content, json_t *rest)
{
    const char *type = type_of(word) ? type_of(word) : word;
    if (!is_content(content))
        return NULL;
    json_auto_t *message =
        strcmp(type, "ai") == 0 ? message_ai("", 0, NULL) : message_plain(type, content);
    const char *key;
    json_t *member;
    json_object_foreach(rest, key, member)
        if (strcmp(key, "type") != 0 && (strcmp(key, "role") != 0 || strcmp(type, "chat") == 0))
            json_object_set_nocheck(message, key, member);
    json_object_set_nocheck(message, "content", content);
    if (strcmp(word, "developer") == 0)
        mark_developer(message);
    return complete(type, message) && read_calls(message) ? json_incref(message) : NULL;
}

/* {role, content} or {type, content}: null is no text, as OpenAI's clients write it. */
static json_t *read_object(json_t *value)
{
    json_t *content = json_object_get(value, "content");
    const char *type = json_get_string(value, "type"), *role = json_get_string(value, "role");
    bool chunk = message_is_chunk(value);
    if (content && (chunk || type_of(type)) && json_object_get(value, "response_metadata"))
        return json_incref(value); /* in the wire's form already */
    json_auto_t *text = json_is_null(content) ? json_string("") : json_incref(content);
    if (chunk || type_of(type))
        return message_of(type, text, value);
    return type_of(role) ? message_of(role, text, value) : NULL;
}

json_t *message_read(json_t *value)
{
    if (json_is_string(value))
        return message_plain("human", value);
    if (!json_is_array(value) || json_array_size(value) != 2)
        return read_object(value);
    const char *role = json_string_value(json_array_get(value, 0));
    return type_of(role) ? message_of(role, json_array_get(value, 1), NULL) : NULL;
}

static json_t *read_all(json_t *list)
{
    json_t *messages = json_array(), *value;
    size_t i;
    json_array_foreach(list, i, value) {
        json_t *message = message_read(value);
        if (!message) {
            json_decref(messages);
            return NULL;
        }
        json_array_append_new(messages, message);
    }
    return messages;
}

enum ls_err message_list(json_t **out, json_t *input, const char **why)
{
    json_t *messages = json_object_get(input, "messages");
    json_t *text = json_object_get(input, "text");
    const char *type = json_get_string(input, "type");
    bool prompt_text = type && strcmp(type, "StringPromptValue") == 0 && json_is_string(text);
    if (json_is_array(messages) || json_is_array(input))
        *out = read_all(json_is_array(messages) ? messages : input);
    else {
        json_t *one = message_read(prompt_text ? text : input);
        *out = one ? json_pack("[o]", one) : NULL;
    }
    if (*out)
        return LS_OK;
    *why = "the input of a chat model is text, a prompt, or a list of messages written "
           "{type, content}, {role, content} or [role, text]";
    return LS_BAD_VALUE;
}
