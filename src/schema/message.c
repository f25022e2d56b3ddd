#include "schema/message.h"

#include <stdint.h>
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
    {"BaseMessage", NULL, MESSAGE_PLAIN},
    {"BaseMessageChunk", NULL, MESSAGE_PLAIN},
    {"StringPromptValue", "StringPromptValue", MESSAGE_OUTPUT},
    {"AgentAction", "AgentAction", MESSAGE_OUTPUT},
    {"AgentActionMessageLog", "AgentActionMessageLog", MESSAGE_OUTPUT},
    {"AgentFinish", "AgentFinish", MESSAGE_OUTPUT},
    {"Generation", "Generation", MESSAGE_OUTPUT},
    {"GenerationChunk", "Generation", MESSAGE_OUTPUT},
    {"ChatGeneration", "ChatGeneration", MESSAGE_CHAT_OUTPUT},
    {"ChatGenerationChunk", "ChatGenerationChunk", MESSAGE_CHAT_OUTPUT},
    {"LLMResult", "LLMResult", MESSAGE_OUTPUT},
};

/* Which classes are further ones of a class. */
static const struct {
    const char *title, *base;
} bases[] = {
    {"AgentActionMessageLog", "AgentAction"},
    {"ChatGeneration", "Generation"},
    {"ChatGenerationChunk", "Generation"},
    {"ChatGenerationChunk", "ChatGeneration"},
    {"AIMessageChunk", "AIMessage"},
    {"HumanMessageChunk", "HumanMessage"},
    {"ChatMessageChunk", "ChatMessage"},
    {"SystemMessageChunk", "SystemMessage"},
    {"FunctionMessageChunk", "FunctionMessage"},
    {"ToolMessageChunk", "ToolMessage"},
};

static bool is_same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

enum message_kind message_kind_of(const char *title, const char *type)
{
    for (size_t i = 0; title && i < sizeof classes / sizeof *classes; i++)
        if (strcmp(classes[i].title, title) == 0 && is_same(classes[i].type, type))
            return classes[i].kind;
    return MESSAGE_NONE;
}

bool message_is_a(const char *type, const char *title)
{
    const char *own = NULL;
    for (size_t i = 0; !own && i < sizeof classes / sizeof *classes; i++)
        if (is_same(classes[i].type, type))
            own = classes[i].title;
    if (!own || strcmp(own, title) == 0)
        return own;
    for (size_t i = 0; i < sizeof bases / sizeof *bases; i++)
        if (strcmp(bases[i].title, own) == 0 && strcmp(bases[i].base, title) == 0)
            return true;
    bool is_message = message_kind_of(own, type) >= MESSAGE_PLAIN;
    return (is_message && strcmp(title, "BaseMessage") == 0) ||
           (is_message && strcmp(title, "BaseMessageChunk") == 0 && strstr(own, "Chunk"));
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

json_t *message_member(enum message_kind kind, const char *key, json_t *value)
{
    bool is_text = (kind >= MESSAGE_PLAIN || kind == MESSAGE_DOCUMENT) && strcmp(key, "id") == 0;
    return is_text && json_is_number(value) ? shown(value) : json_incref(value);
}

/* A tool's result may be anything, or a list of anything; text is made of it. */
static void prepare_tool(json_t *message)
{
    json_t *content = json_object_get(message, "content"), *item;
    json_t *id = json_object_get(message, "tool_call_id");
    if (json_is_number(id) || json_is_boolean(id))
        json_object_set_new(message, "tool_call_id", shown(id));
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
    if (kind == MESSAGE_TOOL)
        prepare_tool(message);
    if (kind == MESSAGE_AI || kind == MESSAGE_AI_CHUNK)
        tool_calls_prepare(message, json_object_get(value, "content_blocks"),
                           kind == MESSAGE_AI_CHUNK);
    return message;
}

/* The text of a block of content, or NULL.  `legacy`: a text block may lack its type. */
static json_t *block_text(json_t *block, bool legacy)
{
    json_t *type = json_object_get(block, "type"), *text = json_object_get(block, "text");
    if (json_is_string(block))
        return block;
    bool typed = json_is_string(type) && strcmp(json_string_value(type), "text") == 0;
    bool untyped = legacy && text && (!type || json_is_null(type));
    return (typed || untyped) && json_is_string(text) ? text : NULL;
}

static bool has_untyped_text(const json_t *content)
{
    size_t i;
    json_t *block;
    json_array_foreach(content, i, block) {
        json_t *type = json_object_get(block, "type");
        if (json_object_get(block, "text") && (!type || json_is_null(type)))
            return true;
    }
    return false;
}

/* The text that a message's content holds (new reference). */
static json_t *text_of(json_t *content)
{
    if (json_is_string(content))
        return json_incref(content);
    struct buf text;
    size_t i;
    json_t *block;
    bool legacy = has_untyped_text(content);
    buf_init(&text, SIZE_MAX);
    json_array_foreach(content, i, block) {
        const json_t *part = block_text(block, legacy);
        if (part)
            buf_add(&text, json_string_value(part), json_string_length(part));
    }
    json_t *made = json_stringn(buf_str(&text), text.len);
    buf_fini(&text);
    return made;
}

json_t *message_complete(enum message_kind kind, json_t *decoded)
{
    json_t *message = json_object_get(decoded, "message");
    if (kind == MESSAGE_CHAT_OUTPUT && message)
        json_object_set_new(decoded, "text", text_of(json_object_get(message, "content")));
    if (kind == MESSAGE_AI_CHUNK)
        tool_calls_complete(decoded);
    return decoded;
}
