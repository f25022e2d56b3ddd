/* A conversation as the API takes it: a system prompt apart, turns of user and assistant; the
 * results of tools belong to the user's turn. */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "models/anthropic_wire.h"

enum turn { TURN_SYSTEM, TURN_USER, TURN_ASSISTANT, TURN_TOOL };

static enum turn turn_of(const json_t *message)
{
    static const struct {
        const char *start; /* of the type, or of a chat message's role */
        enum turn turn;
    } turns[] = {
        {"system", TURN_SYSTEM}, {"System", TURN_SYSTEM},       {"ai", TURN_ASSISTANT},
        {"AI", TURN_ASSISTANT},  {"assistant", TURN_ASSISTANT}, {"tool", TURN_TOOL},
        {"Tool", TURN_TOOL},
    };
    const char *role = json_get_string(message, "role");
    const char *said = role ? role : json_get_string(message, "type");
    for (size_t i = 0; said && i < sizeof turns / sizeof turns[0]; i++)
        if (strncmp(said, turns[i].start, strlen(turns[i].start)) == 0)
            return turns[i].turn;
    return TURN_USER;
}

/* Whether a tool message holds finished blocks. */
static bool holds_results(const json_t *content)
{
    size_t i;
    json_t *block;
    json_array_foreach(content, i, block) {
        const char *type = json_get_string(block, "type");
        if (!type || strcmp(type, "tool_result") != 0)
            return false;
    }
    return json_array_size(content) > 0;
}

/* The blocks of a result without cache_control, which stands at the result itself: *control. */
static json_t *result_content(json_t *content, json_t **control)
{
    size_t i;
    json_t *block;
    if (!json_is_array(content))
        return json_incref(content);
    json_t *list = json_array();
    json_array_foreach(content, i, block) {
        json_t *copy = json_copy(block);
        if (json_object_get(block, "cache_control"))
            *control = json_object_get(block, "cache_control");
        json_object_del(copy, "cache_control");
        json_array_append_new(list, copy);
    }
    return list;
}

/* The content of a tool's message: a list with its result (new reference). */
static json_t *tool_content(const json_t *message)
{
    json_t *content = json_object_get(message, "content"), *control = NULL;
    const char *status = json_get_string(message, "status");
    if (holds_results(content))
        return json_incref(content);
    json_t *id = json_object_get(message, "tool_call_id");
    json_t *own = content ? result_content(content, &control) : json_string("");
    json_t *result =
        json_pack("{s:s,s:o,s:O?,s:b}", "type", "tool_result", "content", own, "tool_use_id", id,
                  "is_error", status && strcmp(status, "error") == 0);
    if (control)
        json_object_set(result, "cache_control", control);
    return json_pack("[o]", result);
}

static json_t *as_list(json_t *content)
{
    if (json_is_array(content))
        return json_copy(content);
    return json_pack("[{s:s,s:O}]", "type", "text", "text", content);
}

/* A message as it is merged: its turn and its content. */
struct part {
    enum turn turn;
    json_t *content;       /* owned */
    bool merged;           /* the content is a list of its own */
    const json_t *message; /* of an assistant's turn */
};

static void merge(struct part *part, json_t *content)
{
    json_auto_t *more = as_list(content);
    if (!part->merged) {
        json_t *list = as_list(part->content);
        json_decref(part->content);
        part->content = list;
        part->merged = true;
    }
    json_array_extend(part->content, more);
}

/* Puts neighbouring messages of the system, and of the user and tools, together; returns how many
 * parts there are. */
static size_t merge_messages(json_t *messages, struct part *parts)
{
    size_t i, count = 0;
    json_t *message;
    json_array_foreach(messages, i, message) {
        enum turn turn = turn_of(message);
        json_t *content = json_object_get(message, "content");
        json_auto_t *own = turn == TURN_TOOL ? tool_content(message)
                           : content         ? json_incref(content)
                                             : json_string("");
        turn = turn == TURN_TOOL ? TURN_USER : turn;
        if (count > 0 && parts[count - 1].turn == turn && turn != TURN_ASSISTANT)
            merge(&parts[count - 1], own);
        else
            parts[count++] =
                (struct part){.turn = turn, .content = json_incref(own), .message = message};
    }
    return count;
}

/* The ids of the calls that are blocks, as the keys of an object. */
static json_t *ids_of_calls(const json_t *blocks)
{
    json_t *ids = json_object();
    size_t i;
    json_t *block;
    json_array_foreach(blocks, i, block) {
        const char *type = json_get_string(block, "type"), *id = json_get_string(block, "id");
        if (type && strcmp(type, "tool_use") == 0 && id)
            json_object_set_new(ids, id, json_true());
    }
    return ids;
}

/* Calls that are no blocks yet. */
static void add_calls(json_t *blocks, json_t *ids, const json_t *calls)
{
    size_t i;
    json_t *call;
    json_array_foreach(calls, i, call) {
        json_auto_t *made = anthropic_tool_use(call);
        const char *id = json_get_string(made, "id");
        if (id && json_object_get(ids, id))
            continue;
        json_array_append(blocks, made);
        if (id)
            json_object_set_new(ids, id, json_true());
    }
}

/* A final turn of the assistant must not end with white space. */
static json_t *without_trail(json_t *text)
{
    const char *start = json_string_value(text);
    size_t len = json_string_length(text);
    while (len > 0 && strchr(" \t\r\n\f\v", start[len - 1]))
        len--;
    return json_stringn(start, len);
}

static void trim_last(json_t **content)
{
    json_t *trimmed = NULL;
    size_t count = json_array_size(*content);
    json_t *text = json_object_get(json_array_get(*content, count - 1), "text");
    if (json_is_string(*content)) {
        trimmed = without_trail(*content);
        json_decref(*content);
        *content = trimmed;
    } else if (count > 0 && json_is_string(text)) {
        json_object_set_new(json_array_get(*content, count - 1), "text", without_trail(text));
    }
}

/* The content of a turn (new reference); NULL: *why. */
static json_t *turn_content(const struct part *part, const char **why)
{
    json_t *content = json_is_array(part->content)
                          ? anthropic_content(part->message, part->content, why)
                          : json_incref(part->content);
    const json_t *calls = json_object_get(part->message, "tool_calls");
    const json_t *invalid = json_object_get(part->message, "invalid_tool_calls");
    if (!content || part->turn != TURN_ASSISTANT ||
        json_array_size(calls) + json_array_size(invalid) == 0)
        return content;
    if (json_is_string(content)) {
        json_t *list = json_string_length(content) > 0 ? as_list(content) : json_array();
        json_decref(content);
        content = list;
    }
    json_auto_t *ids = ids_of_calls(content);
    add_calls(content, ids, calls);
    add_calls(content, ids, invalid);
    return content;
}

static bool is_empty(const json_t *content)
{
    return json_string_length(content) == 0 && json_array_size(content) == 0;
}

/* Adds one turn to `list`; false: *why. */
static bool add_turn(json_t *list, const struct part *part, bool last, const char **why)
{
    json_t *content = turn_content(part, why);
    if (!content)
        return false;
    if (part->turn == TURN_ASSISTANT && last)
        trim_last(&content);
    if (part->turn == TURN_ASSISTANT && !last && is_empty(content)) {
        json_decref(content);
        return true;
    }
    json_array_append_new(list, json_pack("{s:s,s:o}", "role",
                                          part->turn == TURN_ASSISTANT ? "assistant" : "user",
                                          "content", content));
    return true;
}

/* Takes the system prompt; false: *why. */
static bool add_system(json_t **system, const struct part *part, const char **why)
{
    if (*system) {
        *why = "system messages stand together";
        return false;
    }
    *system = json_is_array(part->content) ? anthropic_content(NULL, part->content, why)
                                           : json_incref(part->content);
    return *system != NULL;
}

static json_t *add_parts(const struct part *parts, size_t count, json_t **system, const char **why)
{
    size_t last = count;
    bool well = true;
    json_t *list = json_array();
    while (last > 0 && parts[last - 1].turn == TURN_SYSTEM)
        last--;
    for (size_t i = 0; i < count && well; i++)
        well = parts[i].turn == TURN_SYSTEM ? add_system(system, &parts[i], why)
                                            : add_turn(list, &parts[i], i + 1 == last, why);
    if (well)
        return list;
    json_decref(list);
    json_decref(*system);
    *system = NULL;
    return NULL;
}

json_t *anthropic_messages(json_t *messages, json_t **system, const char **why)
{
    struct part *parts = mem_zalloc(json_array_size(messages) + 1, sizeof *parts);
    size_t count = merge_messages(messages, parts);
    *system = NULL;
    json_t *list = add_parts(parts, count, system, why);
    for (size_t i = 0; i < count; i++)
        json_decref(parts[i].content);
    free(parts);
    return list;
}
