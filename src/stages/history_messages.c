#include "stages/history_messages.h"

#include <string.h>

#include "base/json.h"
#include "run/message.h"

/* A message in the wire's form, and no other object. */
static bool is_message(json_t *value)
{
    if (!json_get_string(value, "type"))
        return false;
    json_auto_t *message = message_read(value);
    return message != NULL;
}

/* The member that holds the messages (borrowed), or `value` itself when it is no object with
 * members of its own; NULL when there is none. */
static json_t *pluck(json_t *value, const char *key, const char *usual)
{
    if (!json_is_object(value) || is_message(value))
        return value;
    if (!key && json_object_size(value) == 1)
        return json_object_iter_value(json_object_iter(value));
    return json_object_get(value, key ? key : usual);
}

static enum ls_err refuse(struct arena *arena, const char **why, json_t *value, const char *key,
                          const char *usual)
{
    if (json_is_object(value) && !is_message(value))
        *why = arena_printf(arena,
                            "history: the %s's member '%s' is no text, message or list of "
                            "messages",
                            usual, key ? key : usual);
    else
        *why =
            arena_printf(arena, "history: the %s is no text, message or list of messages", usual);
    return LS_BAD_VALUE;
}

enum ls_err history_asked(struct arena *arena, json_t **out, json_t *value, const char *key,
                          const char **why)
{
    const char *unused;
    json_t *asked = pluck(value, key, "input");
    if (asked && message_list(out, asked, &unused) == LS_OK)
        return LS_OK;
    return refuse(arena, why, value, key, "input");
}

/* The message that a piece of one has grown into; others as they are (new reference). */
static json_t *whole(json_t *message)
{
    static const char *const types[][2] = {
        {"AIMessageChunk", "ai"},         {"HumanMessageChunk", "human"},
        {"SystemMessageChunk", "system"}, {"ChatMessageChunk", "chat"},
        {"ToolMessageChunk", "tool"},     {"FunctionMessageChunk", "function"},
    };
    const char *type = json_get_string(message, "type");
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (strcmp(types[i][0], type) == 0) {
            json_t *made = json_copy(message);
            json_object_set_new(made, "type", json_string(types[i][1]));
            json_object_del(made, "tool_call_chunks");
            json_object_del(made, "chunk_position");
            return made;
        }
    return json_incref(message);
}

/* The answer as a list of messages (new reference), NULL when it is none. */
static json_t *answers(json_t *value)
{
    if (json_is_string(value))
        return json_pack("[o]",
                         message_ai(json_string_value(value), json_string_length(value), NULL));
    if (is_message(value))
        return json_pack("[o]", whole(value));
    json_t *list = json_is_array(value) ? json_array() : NULL, *item;
    size_t i;
    json_array_foreach(value, i, item) {
        if (!is_message(item)) {
            json_decref(list);
            return NULL;
        }
        json_array_append_new(list, whole(item));
    }
    return list;
}

enum ls_err history_answered(struct arena *arena, json_t **out, json_t *value, const char *key,
                             const char **why)
{
    *out = answers(pluck(value, key, "output"));
    return *out ? LS_OK : refuse(arena, why, value, key, "output");
}
