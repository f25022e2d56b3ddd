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
    if (!json_is_array(content) || content == value)
        return false;
    json_array_foreach(content, i, block)
        add_block(out, block);
    return true;
}
