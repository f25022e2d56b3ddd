#include "run/prompt_text.h"

#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "run/message.h"
#include "schema/repr.h"

enum { MAX_TEXT = 64 << 20 };

/* What stands before a message of the type; a chat message has a role of its own. */
static const char *prefix_of(const json_t *message)
{
    static const char *const prefixes[][3] = {
        {"human", "HumanMessageChunk", "Human"},
        {"ai", "AIMessageChunk", "AI"},
        {"system", "SystemMessageChunk", "System"},
        {"function", "FunctionMessageChunk", "Function"},
        {"tool", "ToolMessageChunk", "Tool"},
    };
    const char *type = json_get_string(message, "type");
    for (size_t i = 0; type && i < sizeof prefixes / sizeof *prefixes; i++)
        if (strcmp(type, prefixes[i][0]) == 0 || strcmp(type, prefixes[i][1]) == 0)
            return prefixes[i][2];
    return json_get_string(message, "role");
}

/* The calls of a model's message, as Python shows them. */
static void add_calls(struct buf *out, const json_t *message)
{
    const json_t *calls = json_object_get(message, "tool_calls");
    const json_t *function =
        json_object_get(json_object_get(message, "additional_kwargs"), "function_call");
    if (json_array_size(calls) > 0)
        repr_print(out, calls);
    else if (function)
        repr_print(out, function);
}

static enum ls_err add_messages(struct buf *out, const json_t *messages, const char **why)
{
    size_t i;
    json_t *message;
    json_array_foreach(messages, i, message) {
        const char *prefix = prefix_of(message);
        if (!prefix) {
            *why = "a message for a model of texts has a role";
            return LS_BAD_VALUE;
        }
        buf_printf(out, "%s%s: ", i > 0 ? "\n" : "", prefix);
        (void)message_add_text(out, message);
        if (strcmp(prefix, "AI") == 0)
            add_calls(out, message);
    }
    return LS_OK;
}

static json_t *messages_text(const json_t *messages, const char **why)
{
    struct buf text;
    buf_init(&text, MAX_TEXT);
    enum ls_err err = add_messages(&text, messages, why);
    json_t *made = err ? NULL : json_stringn(buf_str(&text), text.len);
    buf_fini(&text);
    return made;
}

enum ls_err prompt_text(json_t **out, json_t *input, const char **why)
{
    const char *type = json_get_string(input, "type");
    bool prompt = type && strcmp(type, "StringPromptValue") == 0;
    json_t *text = prompt ? json_object_get(input, "text") : input;
    if (json_is_string(text)) {
        *out = json_incref(text);
        return LS_OK;
    }
    json_t *messages = NULL;
    enum ls_err err = message_list(&messages, input, why);
    if (err)
        return err;
    *out = messages_text(messages, why);
    json_decref(messages);
    return *out ? LS_OK : LS_BAD_VALUE;
}
