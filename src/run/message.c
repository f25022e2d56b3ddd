#include "run/message.h"

#include <string.h>

#include "base/json.h"
#include "base/partial_json.h"

/* What is the same in most messages: values are never changed, so all share one. */
struct common {
    json_t *object, *list, *ai, *ai_chunk; /* empty, empty; the two types */
};

static const struct common *common(void)
{
    static struct common made;
    if (!made.object)
        made = (struct common){json_object(), json_array(), json_string("ai"),
                               json_string("AIMessageChunk")};
    return &made;
}

static void add_base(json_t *message, json_t *content, json_t *type, json_t *id)
{
    json_object_set_new_nocheck(message, "content", content);
    json_object_set_nocheck(message, "additional_kwargs", common()->object);
    json_object_set_nocheck(message, "response_metadata", common()->object);
    json_object_set_new_nocheck(message, "type", type);
    json_object_set_new_nocheck(message, "name", json_null());
    json_object_set_new_nocheck(message, "id", id);
}

static json_t *message_of_model(json_t *type, const char *text, size_t len, const char *id)
{
    json_t *message = json_object();
    add_base(message, json_stringn(text, len), json_incref(type),
             id ? json_string(id) : json_null());
    json_object_set_nocheck(message, "tool_calls", common()->list);
    json_object_set_nocheck(message, "invalid_tool_calls", common()->list);
    json_object_set_new_nocheck(message, "usage_metadata", json_null());
    return message;
}

json_t *message_ai(const char *text, size_t len, const char *id)
{
    return message_of_model(common()->ai, text, len, id);
}

json_t *message_ai_chunk(const char *text, size_t len, const char *id)
{
    json_t *message = message_of_model(common()->ai_chunk, text, len, id);
    json_object_set_nocheck(message, "tool_call_chunks", common()->list);
    json_object_set_new_nocheck(message, "chunk_position", json_null());
    return message;
}

json_t *message_plain(const char *type, json_t *content)
{
    json_t *message = json_object();
    add_base(message, json_incref(content), json_string_nocheck(type), json_null());
    return message;
}

json_t *message_own(json_t *message, const char *key, json_t *value)
{
    json_object_set_new_nocheck(message, key, value);
    return value;
}

bool message_is_chunk(const json_t *value)
{
    static const char end[] = "MessageChunk";
    const char *type = json_get_string(value, "type");
    size_t len = type ? strlen(type) : 0;
    return len >= sizeof end - 1 && strcmp(type + len - (sizeof end - 1), end) == 0;
}

static json_t *or_null(json_t *value)
{
    return value ? json_incref(value) : json_null();
}

static void read_tool_call(json_t *fragment, json_t *valid, json_t *invalid)
{
    json_t *args = json_object_get(fragment, "args");
    json_t *name = json_object_get(fragment, "name");
    json_t *read = partial_json_object(args);
    json_t *call = json_object();
    json_object_set_new_nocheck(call, "name",
                                read && !json_is_string(name) ? json_string("") : or_null(name));
    json_object_set_new_nocheck(call, "args", read ? read : or_null(args));
    json_object_set_new_nocheck(call, "id", or_null(json_object_get(fragment, "id")));
    if (!read)
        json_object_set_new_nocheck(call, "error", json_null());
    json_object_set_new_nocheck(call, "type",
                                json_string(read ? "tool_call" : "invalid_tool_call"));
    json_array_append_new(read ? valid : invalid, call);
}

void message_read_tool_calls(json_t *chunk)
{
    json_t *fragments = json_object_get(chunk, "tool_call_chunks");
    if (json_array_size(fragments) == 0)
        return;
    json_t *valid = json_array(), *invalid = json_array(), *fragment;
    size_t i;
    json_array_foreach(fragments, i, fragment)
        read_tool_call(fragment, valid, invalid);
    json_object_set_new_nocheck(chunk, "tool_calls", valid);
    json_object_set_new_nocheck(chunk, "invalid_tool_calls", invalid);
}

bool message_is_end_mark(const json_t *value)
{
    const json_t *content = json_object_get(value, "content");
    return json_get_string(value, "chunk_position") && json_is_string(content) &&
           json_string_length(content) == 0 && message_is_chunk(value) &&
           json_array_size(json_object_get(value, "tool_call_chunks")) == 0 &&
           !json_is_object(json_object_get(value, "usage_metadata")) &&
           json_object_size(json_object_get(value, "response_metadata")) == 0;
}

json_t *message_whole(json_t *sum)
{
    const char *type = json_get_string(sum, "type");
    if (!type || strcmp(type, "AIMessageChunk") != 0)
        return json_incref(sum);
    json_t *whole = json_copy(sum);
    json_object_set_new(whole, "type", json_string("ai"));
    json_object_del(whole, "tool_call_chunks");
    json_object_del(whole, "chunk_position");
    return whole;
}

static void add_string(struct buf *out, const json_t *text)
{
    buf_add(out, json_string_value(text), json_string_length(text));
}

/* The text of one content block: bare, or {"type": "text", "text": …}; others have none. */
static void add_block(struct buf *out, const json_t *block)
{
    const char *type = json_get_string(block, "type");
    if (json_is_string(block))
        add_string(out, block);
    else if (type && strcmp(type, "text") == 0 && json_get_string(block, "text"))
        add_string(out, json_object_get(block, "text"));
}

bool message_add_text(struct buf *out, const json_t *value)
{
    const json_t *content = json_is_object(value) ? json_object_get(value, "content") : value;
    size_t i;
    json_t *block;
    if (json_is_string(content)) {
        add_string(out, content);
        return true;
    }
    json_array_foreach(content, i, block)
        add_block(out, block);
    return json_is_array(content);
}

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

/* A message of `type` made of what was written; members that say more (a tool call's id, a chat
 * message's role) stay. */
static json_t *message_of(const char *type, json_t *content, json_t *rest)
{
    if (!content)
        return NULL;
    json_t *message =
        strcmp(type, "ai") == 0 ? message_ai("", 0, NULL) : message_plain(type, content);
    json_object_set_nocheck(message, "content", content);
    const char *key;
    json_t *member;
    json_object_foreach(rest, key, member)
        if (strcmp(key, "type") != 0 && (strcmp(key, "role") != 0 || strcmp(type, "chat") == 0))
            json_object_set_nocheck(message, key, member);
    return message;
}

json_t *message_read(json_t *value)
{
    if (json_is_string(value))
        return message_plain("human", value);
    if (json_is_array(value) && json_array_size(value) == 2) {
        const char *type = type_of(json_string_value(json_array_get(value, 0)));
        return type ? message_of(type, json_array_get(value, 1), NULL) : NULL;
    }
    json_t *content = json_object_get(value, "content");
    const char *written = json_get_string(value, "type");
    if (written && content && (message_is_chunk(value) || type_of(written)))
        return json_object_get(value, "response_metadata")
                   ? json_incref(value) /* in the wire's form already */
                   : message_of(message_is_chunk(value) ? written : type_of(written), content,
                                value);
    const char *type = type_of(json_get_string(value, "role"));
    return type ? message_of(type, content, value) : NULL;
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

/* Whether the list is one message written [role, text], and not two of bare text. */
static bool is_pair(const json_t *list)
{
    return json_array_size(list) == 2 && json_is_string(json_array_get(list, 1)) &&
           type_of(json_string_value(json_array_get(list, 0)));
}

enum ls_err message_list(json_t **out, json_t *input, const char **why)
{
    json_t *messages = json_object_get(input, "messages");
    json_t *text = json_object_get(input, "text");
    const char *type = json_get_string(input, "type");
    bool prompt_text = type && strcmp(type, "StringPromptValue") == 0 && json_is_string(text);
    if (json_is_array(messages))
        *out = read_all(messages);
    else if (json_is_array(input) && !is_pair(input))
        *out = read_all(input);
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
