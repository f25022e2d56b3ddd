#include "schema/message.h"

#include <stdlib.h>
#include <string.h>

#include "schema/repr.h"
#include "schema/tool_calls.h"

static const struct {
    const char *title, *type;
    enum message_kind kind;
} classes[] = {
    {"Document", "Document", MESSAGE_DOCUMENT},
    {"ChatPromptValueConcrete", "ChatPromptValueConcrete", MESSAGE_PROMPT},
    {"AIMessage", "ai", MESSAGE_AI},
    {"HumanMessage", "human", MESSAGE_PLAIN},
    {"ChatMessage", "chat", MESSAGE_PLAIN},
    {"SystemMessage", "system", MESSAGE_PLAIN},
    {"FunctionMessage", "function", MESSAGE_PLAIN},
    {"ToolMessage", "tool", MESSAGE_TOOL},
    {"AIMessageChunk", "AIMessageChunk", MESSAGE_AI_CHUNK},
    {"HumanMessageChunk", "HumanMessageChunk", MESSAGE_PLAIN},
    {"ChatMessageChunk", "ChatMessageChunk", MESSAGE_PLAIN},
    {"SystemMessageChunk", "SystemMessageChunk", MESSAGE_PLAIN},
    {"FunctionMessageChunk", "FunctionMessageChunk", MESSAGE_PLAIN},
    {"ToolMessageChunk", "ToolMessageChunk", MESSAGE_TOOL},
};

enum message_kind message_kind_of(const char *title, const char *type)
{
    for (size_t i = 0; title && type && i < sizeof classes / sizeof *classes; i++)
        if (strcmp(classes[i].title, title) == 0 && strcmp(classes[i].type, type) == 0)
            return classes[i].kind;
    return MESSAGE_NONE;
}

bool message_is_map(const char *title)
{
    static const char *const maps[] = {"ToolCall",      "InvalidToolCall",   "ToolCallChunk",
                                       "UsageMetadata", "InputTokenDetails", "OutputTokenDetails"};
    for (size_t i = 0; i < sizeof maps / sizeof *maps; i++)
        if (strcmp(maps[i], title) == 0)
            return true;
    return false;
}

/* What Python's str() makes of it (new reference). */
static json_t *shown(const json_t *value)
{
    char *text = repr_str(value);
    json_t *made = json_string(text);
    free(text);
    return made;
}

static void show_member(json_t *message, const char *key)
{
    json_t *value = json_object_get(message, key);
    if (json_is_number(value))
        json_object_set_new(message, key, shown(value));
}

/* A tool's result may be anything, or a list of anything; text is made of it. */
static void prepare_tool(json_t *message)
{
    json_t *content = json_object_get(message, "content"), *item;
    show_member(message, "tool_call_id");
    if (json_is_string(content))
        return;
    if (!json_is_array(content)) {
        json_object_set_new(message, "content", shown(content));
        return;
    }
    json_t *items = json_array();
    size_t i;
    json_array_foreach(content, i, item)
        json_array_append_new(items, json_is_string(item) || json_is_object(item)
                                         ? json_incref(item)
                                         : shown(item));
    json_object_set_new(message, "content", items);
}

/* A copy of the message with content (null when there is none) first. */
static json_t *copy_content_first(json_t *value)
{
    json_t *message = json_object();
    json_t *blocks = json_object_get(value, "content_blocks");
    json_t *content = blocks && !json_is_null(blocks) ? blocks : json_object_get(value, "content");
    json_object_set_new(message, "content", content ? json_incref(content) : json_null());
    json_object_update_missing(message, value);
    json_object_del(message, "content_blocks");
    return message;
}

json_t *message_prepare(enum message_kind kind, json_t *value)
{
    if (kind < MESSAGE_PLAIN)
        return json_incref(value);
    json_t *message = copy_content_first(value);
    show_member(message, "id");
    if (kind == MESSAGE_TOOL)
        prepare_tool(message);
    if (kind == MESSAGE_AI || kind == MESSAGE_AI_CHUNK)
        tool_calls_prepare(message, kind == MESSAGE_AI_CHUNK);
    return message;
}

json_t *message_complete(enum message_kind kind, json_t *decoded)
{
    if (kind == MESSAGE_AI_CHUNK)
        tool_calls_complete(decoded);
    return decoded;
}
