/* The members and their order are those that langchain-anthropic gives. */
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "models/anthropic_wire.h"
#include "models/token_count.h"
#include "run/message.h"

static bool is_type(const json_t *object, const char *type)
{
    const char *own = json_get_string(object, "type");
    return own && strcmp(own, type) == 0;
}

/* Copies a count under LangChain's name, if it is told; returns it. */
static json_int_t keep_count(json_t *into, const char *as, const json_t *from, const char *key)
{
    json_int_t count = token_count(from, key);
    if (json_is_number(json_object_get(from, key)))
        json_object_set_new(into, as, json_integer(count));
    return count;
}

/* LangChain counts cached tokens as input, and where the API tells them by the life of the cache it
 * takes these counts for the sum. */
json_t *anthropic_usage(const json_t *usage)
{
    if (!json_is_object(usage))
        return NULL;
    json_t *details = json_object();
    const json_t *lives = json_object_get(usage, "cache_creation");
    json_int_t output = token_count(usage, "output_tokens");
    json_int_t input = token_count(usage, "input_tokens");
    input += keep_count(details, "cache_read", usage, "cache_read_input_tokens");
    json_int_t created =
        keep_count(details, "cache_creation", usage, "cache_creation_input_tokens");
    json_int_t told =
        keep_count(details, "ephemeral_5m_input_tokens", lives, "ephemeral_5m_input_tokens");
    told += keep_count(details, "ephemeral_1h_input_tokens", lives, "ephemeral_1h_input_tokens");
    if (told > 0)
        json_object_set_new(details, "cache_creation", json_integer(0));
    input += told > 0 ? told : created;
    json_t *made = json_pack("{s:I,s:I,s:I,s:o}", "input_tokens", input, "output_tokens", output,
                             "total_tokens", input + output, "input_token_details", details);
    const json_t *thought =
        json_object_get(json_object_get(usage, "output_tokens_details"), "thinking_tokens");
    if (json_is_integer(thought))
        json_object_set_new(made, "output_token_details", json_pack("{s:O}", "reasoning", thought));
    return made;
}

/* A block as LangChain shows it: without members that say nothing. */
static json_t *shown_block(const json_t *block)
{
    static const char *const idle[] = {"citations", "caller", "encrypted_content"};
    json_t *copy = json_copy((json_t *)block);
    for (size_t i = 0; i < sizeof idle / sizeof idle[0]; i++)
        if (json_is_null(json_object_get(copy, idle[i])))
            json_object_del(copy, idle[i]);
    return copy;
}

static void add_call(json_t *valid, json_t *invalid, const json_t *block)
{
    json_t *args = json_object_get(block, "input"), *id = json_object_get(block, "id");
    const char *name = json_get_string(block, "name");
    if (json_is_object(args))
        json_array_append_new(valid, json_pack("{s:s,s:O,s:O?,s:s}", "name", name ? name : "",
                                               "args", args, "id", id, "type", "tool_call"));
    else
        json_array_append_new(invalid, json_pack("{s:s?,s:o?,s:O?,s:s,s:s}", "name", name, "args",
                                                 args ? json_text(args, JSON_SPACED) : NULL, "id",
                                                 id, "error", "the arguments are no JSON object",
                                                 "type", "invalid_tool_call"));
}

static void add_calls(json_t *message, const json_t *blocks)
{
    size_t i;
    json_t *block, *valid = NULL, *invalid = NULL;
    json_array_foreach(blocks, i, block) {
        if (!is_type(block, "tool_use"))
            continue;
        if (!valid) {
            valid = message_own(message, "tool_calls", json_array());
            invalid = message_own(message, "invalid_tool_calls", json_array());
        }
        add_call(valid, invalid, block);
    }
}

static json_t *answer_metadata(const json_t *answer)
{
    static const char *const others[] = {"content", "role", "type"};
    json_t *metadata = json_copy((json_t *)answer);
    json_t *model = json_object_get(answer, "model");
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        json_object_del(metadata, others[i]);
    if (model)
        json_object_set(metadata, "model_name", model);
    json_object_set_new(metadata, "model_provider", json_string("anthropic"));
    return metadata;
}

json_t *anthropic_message(const struct model_reading *reading, const json_t *answer,
                          const char **why)
{
    size_t i;
    json_t *block, *given = json_object_get(answer, "content");
    const json_t *first = json_array_get(given, 0);
    if (!json_is_array(given)) {
        *why = "the answer holds no content";
        return NULL;
    }
    json_t *message = message_ai("", 0, reading->id);
    json_t *blocks = json_array();
    json_array_foreach(given, i, block)
        json_array_append_new(blocks, shown_block(block));
    if (json_array_size(given) == 1 && is_type(first, "text") &&
        json_array_size(json_object_get(first, "citations")) == 0) {
        if (json_get_string(first, "text"))
            json_object_set(message, "content", json_object_get(first, "text"));
        json_decref(blocks);
    } else {
        json_object_set_new(message, "content", blocks);
        add_calls(message, blocks);
    }
    json_object_set_new(message, "response_metadata", answer_metadata(answer));
    json_t *usage = anthropic_usage(json_object_get(answer, "usage"));
    if (usage)
        json_object_set_new(message, "usage_metadata", usage);
    return message;
}
