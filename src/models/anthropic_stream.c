/* Events of Anthropic's streams as langchain-anthropic shows them: text alone is text, but where
 * the request makes other blocks likely, all content is blocks with an `index`. */
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/text.h"
#include "models/anthropic_wire.h"
#include "run/message.h"

static bool has_cited_document(const json_t *messages)
{
    size_t i, n;
    const json_t *message, *block;
    json_array_foreach(messages, i, message)
        json_array_foreach(json_object_get(message, "content"), n, block)
            if (json_is_true(json_object_get(json_object_get(block, "citations"), "enabled")) &&
                text_is_any(json_get_string(block, "type"),
                            (const char *const[]){"document", NULL}))
                return true;
    return false;
}

/* Whether content comes as blocks. */
static bool wants_blocks(const json_t *request)
{
    static const char *const thinking[] = {"enabled", "adaptive", NULL};
    size_t i;
    const json_t *edit;
    json_array_foreach(json_object_get(json_object_get(request, "context_management"), "edits"), i,
                       edit) {
        const char *type = json_get_string(edit, "type");
        if (type && strstr(type, "compact"))
            return true;
    }
    return json_object_get(request, "tools") || json_object_get(request, "mcp_servers") ||
           text_is_any(json_get_string(json_object_get(request, "thinking"), "type"), thinking) ||
           has_cited_document(json_object_get(request, "messages"));
}

static json_t *new_chunk(const struct model_reading *reading)
{
    json_t *chunk = message_ai_chunk("", 0, reading->id);
    json_t *metadata = message_own(chunk, "response_metadata", json_object());
    json_object_set_new(metadata, "model_provider", json_string("anthropic"));
    return chunk;
}

/* A chunk with one block (a new reference, taken over). */
static json_t *block_chunk(const struct model_reading *reading, json_t *block)
{
    json_t *chunk = new_chunk(reading);
    json_object_set_new(chunk, "content", json_pack("[o]", block));
    return chunk;
}

static json_t *empty_chunk(const struct model_reading *reading)
{
    json_t *chunk = new_chunk(reading);
    if (reading->blocks)
        json_object_set_new(chunk, "content", json_array());
    return chunk;
}

/* A copy of a block or delta, at its place, without members that say nothing. */
static json_t *placed(const json_t *event, const json_t *given, const char *type)
{
    json_t *block = json_copy((json_t *)given), *value;
    const char *key;
    void *next;
    json_object_foreach_safe(block, next, key, value) if (json_is_null(value))
        json_object_del(block, key);
    json_object_set(block, "index", json_object_get(event, "index"));
    if (type)
        json_object_set_new(block, "type", json_string(type));
    return block;
}

static json_t *text_chunk(const struct model_reading *reading, json_t *text)
{
    json_t *chunk = new_chunk(reading);
    json_object_set(chunk, "content", text);
    return chunk;
}

/* A piece of a call's arguments (taken over); `id` and `name` come with the first one. */
static void add_fragment(json_t *chunk, const json_t *event, json_t *id, json_t *name, json_t *args)
{
    json_t *fragments = message_own(chunk, "tool_call_chunks", json_array());
    json_array_append_new(
        fragments, json_pack("{s:O?,s:o,s:O?,s:O?,s:s}", "name", name, "args", args, "id", id,
                             "index", json_object_get(event, "index"), "type", "tool_call_chunk"));
    message_read_tool_calls(chunk);
}

/* The arguments that stand in a block's first event already, as text. */
static json_t *early_arguments(const json_t *input)
{
    return json_object_size(input) > 0 ? json_text(input, JSON_SPACED) : json_string("");
}

static bool says(const json_t *block, const char *key)
{
    return json_string_length(json_object_get(block, key)) > 0;
}

static json_t *start_block(const struct model_reading *reading, const json_t *event)
{
    static const char *const thoughts[] = {"thinking", NULL};
    json_t *given = json_object_get(event, "content_block");
    const char *type = json_get_string(given, "type");
    if (!type)
        return NULL;
    if (strcmp(type, "text") == 0) {
        if (!says(given, "text"))
            return NULL;
        return reading->blocks ? block_chunk(reading, placed(event, given, NULL))
                               : text_chunk(reading, json_object_get(given, "text"));
    }
    if (text_is_any(type, thoughts) && !says(given, "thinking") && !says(given, "signature"))
        return NULL;
    if (!text_is_any(type, thoughts) && !strstr(type, "tool_result") && !strstr(type, "tool_use") &&
        !strstr(type, "document") && strcmp(type, "redacted_thinking") != 0)
        return NULL;
    json_t *chunk = block_chunk(reading, placed(event, given, NULL));
    if (strcmp(type, "tool_use") == 0)
        add_fragment(chunk, event, json_object_get(given, "id"), json_object_get(given, "name"),
                     early_arguments(json_object_get(given, "input")));
    return chunk;
}

/* A citation is one of the list that its text has. */
static json_t *citing_chunk(const struct model_reading *reading, const json_t *event,
                            const json_t *delta)
{
    json_t *block = placed(event, delta, "text");
    json_t *citation = json_object_get(block, "citation");
    if (citation) {
        json_object_set_new(block, "citations", json_pack("[O]", citation));
        json_object_del(block, "citation");
    }
    return block_chunk(reading, block);
}

static json_t *thinking_chunk(const struct model_reading *reading, const json_t *event,
                              const json_t *delta)
{
    json_t *block = placed(event, delta, "thinking");
    if (!json_object_get(block, "thinking"))
        json_object_set_new(block, "thinking", json_string(""));
    return block_chunk(reading, block);
}

static json_t *arguments_chunk(const struct model_reading *reading, const json_t *event,
                               const json_t *delta)
{
    const char *opened = json_get_string(reading->opening, "block");
    const json_t *piece = json_object_get(delta, "partial_json");
    json_t *chunk = block_chunk(reading, placed(event, delta, NULL));
    if (opened && strcmp(opened, "tool_use") == 0 && json_is_string(piece))
        add_fragment(chunk, event, NULL, NULL, json_copy((json_t *)piece));
    return chunk;
}

static json_t *continue_block(const struct model_reading *reading, const json_t *event)
{
    static const char *const texts[] = {"text_delta", "citations_delta", NULL};
    static const char *const thoughts[] = {"thinking_delta", "signature_delta", NULL};
    const json_t *delta = json_object_get(event, "delta");
    const char *type = json_get_string(delta, "type");
    json_t *text = json_object_get(delta, "text");
    if (!type)
        return NULL;
    if (text_is_any(type, texts))
        return json_is_string(text) && !reading->blocks ? text_chunk(reading, text)
                                                        : citing_chunk(reading, event, delta);
    if (text_is_any(type, thoughts))
        return thinking_chunk(reading, event, delta);
    if (strcmp(type, "input_json_delta") == 0)
        return arguments_chunk(reading, event, delta);
    if (strcmp(type, "compaction_delta") == 0)
        return block_chunk(reading, placed(event, delta, "compaction"));
    return NULL;
}

/* Keeps what later events need of the first one: its counts. */
static json_t *start_message(struct model_reading *reading, const json_t *event)
{
    const json_t *message = json_object_get(event, "message");
    json_t *model = json_object_get(message, "model");
    json_t *chunk = empty_chunk(reading);
    reading->answered = true;
    json_object_set(reading->opening, "usage", json_object_get(message, "usage"));
    if (json_is_string(model))
        json_object_set(json_object_get(chunk, "response_metadata"), "model_name", model);
    return chunk;
}

/* Counts of the stream's end; what is told only at its beginning is not lost. */
static json_t *final_usage(const struct model_reading *reading, const json_t *event)
{
    const char *key;
    json_t *value, *usage = json_object_get(event, "usage");
    if (!json_is_object(usage))
        return NULL;
    json_auto_t *sum = json_is_object(json_object_get(reading->opening, "usage"))
                           ? json_copy(json_object_get(reading->opening, "usage"))
                           : json_object();
    json_object_foreach(usage, key, value)
        if (!json_is_null(value))
            json_object_set(sum, key, value);
    return anthropic_usage(sum);
}

static json_t *end_message(struct model_reading *reading, const json_t *event)
{
    static const char *const told[] = {"stop_reason", "stop_sequence", "stop_details", "container"};
    const json_t *delta = json_object_get(event, "delta");
    json_t *chunk = empty_chunk(reading);
    json_t *metadata = json_object_get(chunk, "response_metadata");
    json_t *managed = json_object_get(event, "context_management");
    json_t *usage = final_usage(reading, event);
    for (size_t i = 0; i < sizeof told / sizeof told[0]; i++) {
        json_t *value = json_object_get(delta, told[i]);
        if (value && (i < 2 || !json_is_null(value)))
            json_object_set(metadata, told[i], value);
    }
    if (managed && !json_is_null(managed))
        json_object_set(metadata, "context_management", managed);
    if (usage)
        json_object_set_new(chunk, "usage_metadata", usage);
    if (says(delta, "stop_reason")) {
        reading->finished = true;
        json_object_set_new(chunk, "chunk_position", json_string("last"));
    }
    return chunk;
}

json_t *anthropic_chunk(struct model_reading *reading, json_t *event)
{
    const char *type = json_get_string(event, "type");
    if (!reading->opening) {
        reading->opening = json_object();
        reading->blocks = wants_blocks(reading->request);
    }
    if (!type)
        return NULL;
    if (strcmp(type, "message_start") == 0)
        return start_message(reading, event);
    if (strcmp(type, "content_block_start") == 0) {
        json_t *block = json_object_get(json_object_get(event, "content_block"), "type");
        json_object_set(reading->opening, "block", block);
        return start_block(reading, event);
    }
    if (strcmp(type, "content_block_delta") == 0)
        return continue_block(reading, event);
    if (strcmp(type, "message_delta") == 0)
        return end_message(reading, event);
    if (strcmp(type, "message_stop") == 0)
        reading->complete = reading->finished = true;
    return NULL;
}
