/* The members and their order are those that langchain-ollama gives. */
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "models/ollama_wire.h"
#include "models/token_count.h"
#include "run/message.h"

/* Usage, where both counts are told. */
static void add_usage(json_t *message, const json_t *answer)
{
    if (!json_is_number(json_object_get(answer, "prompt_eval_count")) ||
        !json_is_number(json_object_get(answer, "eval_count")))
        return;
    json_int_t input = token_count(answer, "prompt_eval_count");
    json_int_t output = token_count(answer, "eval_count");
    json_object_set_new(message, "usage_metadata",
                        json_pack("{s:I,s:I,s:I}", "input_tokens", input, "output_tokens", output,
                                  "total_tokens", input + output));
}

static bool is_done(const json_t *answer)
{
    return json_is_true(json_object_get(answer, "done"));
}

/* All that the last line says beside its message; of others, the probabilities. */
static json_t *metadata_of(const json_t *answer)
{
    json_t *logprobs = json_object_get(answer, "logprobs");
    if (!is_done(answer))
        return logprobs && !json_is_null(logprobs) ? json_pack("{s:O}", "logprobs", logprobs)
                                                   : json_object();
    json_t *metadata = json_copy((json_t *)answer);
    json_t *model = json_object_get(answer, "model");
    json_object_del(metadata, "message");
    if (model)
        json_object_set(metadata, "model_name", model);
    json_object_set_new(metadata, "model_provider", json_string("ollama"));
    return metadata;
}

/* Content, thoughts (where they were asked for), metadata and usage. */
static void fill(json_t *message, const struct model_reading *reading, const json_t *answer)
{
    const json_t *given = json_object_get(answer, "message");
    json_t *content = json_object_get(given, "content");
    json_t *thinking = json_object_get(given, "thinking");
    const json_t *think = json_object_get(reading->request, "think");
    if (json_is_string(content))
        json_object_set(message, "content", content);
    if (json_string_length(thinking) > 0 && (json_is_true(think) || json_is_string(think)))
        json_object_set(message_own(message, "additional_kwargs", json_object()),
                        "reasoning_content", thinking);
    json_object_set_new(message, "response_metadata", metadata_of(answer));
    add_usage(message, answer);
}

json_t *ollama_message(const struct model_reading *reading, const json_t *answer, const char **why)
{
    json_t *valid, *invalid;
    const json_t *given = json_object_get(answer, "message");
    if (!json_is_object(given)) {
        *why = "the answer holds no message";
        return NULL;
    }
    json_t *message = message_ai("", 0, reading->id);
    fill(message, reading, answer);
    ollama_calls(given, &valid, &invalid);
    json_object_set_new(message, "tool_calls", valid);
    json_object_set_new(message, "invalid_tool_calls", invalid);
    return message;
}

static json_t *arguments_text(const json_t *args)
{
    return json_is_string(args) ? json_copy((json_t *)args) : json_text(args, JSON_SPACED);
}

/* Calls come whole and without an index, so that no two of them are put together. */
static void add_fragments(json_t *fragments, const json_t *calls)
{
    size_t i;
    json_t *call;
    json_array_foreach(calls, i, call)
        json_array_append_new(
            fragments, json_pack("{s:O,s:o,s:O,s:n,s:s}", "name", json_object_get(call, "name"),
                                 "args", arguments_text(json_object_get(call, "args")), "id",
                                 json_object_get(call, "id"), "index", "type", "tool_call_chunk"));
}

static void add_calls(json_t *chunk, const json_t *given)
{
    json_t *valid, *invalid;
    ollama_calls(given, &valid, &invalid);
    json_t *fragments = message_own(chunk, "tool_call_chunks", json_array());
    add_fragments(fragments, valid);
    add_fragments(fragments, invalid);
    json_object_set_new(chunk, "tool_calls", valid);
    json_object_set_new(chunk, "invalid_tool_calls", invalid);
}

/* A model that was loaded and has said nothing. */
static bool is_loaded_only(const json_t *answer)
{
    const char *reason = json_get_string(answer, "done_reason");
    const char *content = json_get_string(json_object_get(answer, "message"), "content");
    return reason && strcmp(reason, "load") == 0 &&
           (!content || content[strspn(content, " \t\r\n")] == '\0');
}

json_t *ollama_chunk(struct model_reading *reading, json_t *event)
{
    const json_t *given = json_object_get(event, "message");
    if (is_done(event))
        reading->complete = reading->finished = true;
    if (is_loaded_only(event) || (!json_is_object(given) && !is_done(event)))
        return NULL;
    reading->answered = true;
    json_t *chunk = message_ai_chunk("", 0, reading->id);
    fill(chunk, reading, event);
    if (json_array_size(json_object_get(given, "tool_calls")) > 0)
        add_calls(chunk, given);
    return chunk;
}
