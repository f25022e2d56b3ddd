/* The members and their order are those that langchain-openai gives. */
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "models/openai_wire.h"
#include "models/token_count.h"
#include "run/message.h"

enum { MAX_ARGUMENTS = 64 << 20 };

/* Copies a member of an object if it is there and says something. */
static void keep(json_t *into, const char *as, const json_t *from, const char *key)
{
    json_t *value = json_object_get(from, key);
    if (value && !json_is_null(value))
        json_object_set(into, as, value);
}

json_t *openai_usage(const json_t *usage)
{
    if (!json_is_object(usage))
        return NULL;
    json_int_t input = token_count(usage, "prompt_tokens");
    json_int_t output = token_count(usage, "completion_tokens");
    bool told = json_is_number(json_object_get(usage, "total_tokens"));
    json_int_t total = told ? token_count(usage, "total_tokens") : input + output;
    const json_t *in = json_object_get(usage, "prompt_tokens_details");
    const json_t *out = json_object_get(usage, "completion_tokens_details");
    json_t *in_details = json_object(), *out_details = json_object();
    keep(in_details, "audio", in, "audio_tokens");
    keep(in_details, "cache_read", in, "cached_tokens");
    keep(in_details, "cache_creation", in, "cache_write_tokens");
    keep(out_details, "audio", out, "audio_tokens");
    keep(out_details, "reasoning", out, "reasoning_tokens");
    return json_pack("{s:I,s:I,s:I,s:o,s:o}", "input_tokens", input, "output_tokens", output,
                     "total_tokens", total, "input_token_details", in_details,
                     "output_token_details", out_details);
}

/* Adds JSON text with the control characters inside its strings escaped: models write line ends
 * there as they are. */
static enum ls_err add_escaped(struct buf *out, const char *text)
{
    bool inside = false, escaped = false;
    enum ls_err err = LS_OK;
    for (; *text && !err; text++) {
        if (inside && !escaped && (unsigned char)*text < ' ')
            err = buf_printf(out, "\\u%04x", *text);
        else
            err = buf_add_char(out, *text);
        inside ^= *text == '"' && !escaped;
        escaped = inside && *text == '\\' && !escaped;
    }
    return err;
}

static json_t *read_leniently(const char *text)
{
    struct buf buf;
    json_t *value = NULL;
    buf_init(&buf, MAX_ARGUMENTS);
    if (add_escaped(&buf, text) != LS_OK ||
        json_read(&value, buf_str(&buf), buf.len, NULL) != LS_OK)
        value = NULL;
    buf_fini(&buf);
    return value;
}

/* The arguments of a call as the text that they should be (new reference): some servers send the
 * object itself.  NULL: there are none. */
static json_t *arguments_text(json_t *args)
{
    if (!args || json_is_string(args) || json_is_null(args))
        return json_incref(args);
    return json_text(args, JSON_SPACED);
}

/* The arguments of a call (new reference), NULL when they are no object.  None at all are an empty
 * object, as some servers write a call without arguments. */
static json_t *read_arguments(const char *text)
{
    if (!text || *text == '\0')
        return text ? json_object() : NULL;
    json_t *args = read_leniently(text);
    if (!args || json_is_object(args))
        return args;
    bool none = json_is_null(args);
    json_decref(args);
    return none ? json_object() : NULL;
}

/* One call of a whole answer. */
static void add_call(json_t *call, json_t *valid, json_t *invalid)
{
    const json_t *function = json_object_get(call, "function");
    const char *name = json_get_string(function, "name");
    json_auto_t *given = arguments_text(json_object_get(function, "arguments"));
    const char *text = json_string_value(given);
    json_t *id = json_object_get(call, "id");
    json_t *args = read_arguments(json_is_null(given) ? "" : text);
    if (args) {
        json_array_append_new(valid, json_pack("{s:s,s:o,s:O?,s:s}", "name", name ? name : "",
                                               "args", args, "id", id, "type", "tool_call"));
        return;
    }
    json_array_append_new(invalid, json_pack("{s:s?,s:s?,s:O?,s:s,s:s}", "name", name, "args", text,
                                             "id", id, "error", "the arguments are no JSON object",
                                             "type", "invalid_tool_call"));
}

static void add_calls(json_t *message, const json_t *given)
{
    size_t i;
    json_t *call, *calls = json_object_get(given, "tool_calls");
    if (json_array_size(calls) == 0)
        return;
    json_t *valid = message_own(message, "tool_calls", json_array());
    json_t *invalid = message_own(message, "invalid_tool_calls", json_array());
    json_array_foreach(calls, i, call)
        add_call(call, valid, invalid);
}

static void add_metadata(json_t *metadata, const json_t *answer, const json_t *choice)
{
    keep(metadata, "token_usage", answer, "usage");
    json_object_set_new(metadata, "model_provider", json_string("openai"));
    keep(metadata, "model_name", answer, "model");
    keep(metadata, "system_fingerprint", answer, "system_fingerprint");
    keep(metadata, "id", answer, "id");
    keep(metadata, "service_tier", answer, "service_tier");
    json_t *reason = json_object_get(choice, "finish_reason");
    json_object_set(metadata, "finish_reason", reason ? reason : json_null());
    json_t *logprobs = json_object_get(choice, "logprobs");
    json_object_set(metadata, "logprobs", logprobs ? logprobs : json_null());
}

/* What of a message or delta is no content: a refusal, the reasoning, a call in the form that was
 * before tools. */
static void add_kwargs(json_t *message, const json_t *given)
{
    static const char *const names[] = {"refusal", "reasoning_content", "function_call"};
    json_t *kwargs = NULL;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        json_t *value = json_object_get(given, names[i]);
        if (!value || json_is_null(value))
            continue;
        if (!kwargs)
            kwargs = message_own(message, "additional_kwargs", json_object());
        json_object_set_nocheck(kwargs, names[i], value);
    }
}

/* Text, or a list of blocks. */
static bool is_content(const json_t *value)
{
    return json_is_string(value) || json_is_array(value);
}

json_t *openai_message(const struct model_reading *reading, const json_t *answer, const char **why)
{
    const json_t *choice = json_array_get(json_object_get(answer, "choices"), 0);
    const json_t *given = json_object_get(choice, "message");
    if (!json_is_object(given)) {
        *why = "the answer holds no choice with a message";
        return NULL;
    }
    const json_t *content = json_object_get(given, "content");
    if (content && !json_is_null(content) && !is_content(content)) {
        *why = "the answer's content is neither text nor a list";
        return NULL;
    }
    json_t *message = message_ai("", 0, reading->id);
    keep(message, "content", given, "content");
    add_kwargs(message, given);
    add_calls(message, given);
    add_metadata(message_own(message, "response_metadata", json_object()), answer, choice);
    json_t *usage = openai_usage(json_object_get(answer, "usage"));
    if (usage)
        json_object_set_new(message, "usage_metadata", usage);
    return message;
}

static json_t *or_null(json_t *value)
{
    return value ? value : json_null();
}

/* A fragment of a tool call.  Some servers tell no index, for they send calls whole: no two of
 * these are put together. */
static json_t *fragment_of(const json_t *call, const json_t *function)
{
    json_t *args = arguments_text(json_object_get(function, "arguments"));
    return json_pack("{s:O,s:o,s:O,s:O,s:s}", "name", or_null(json_object_get(function, "name")),
                     "args", or_null(args), "id", or_null(json_object_get(call, "id")), "index",
                     or_null(json_object_get(call, "index")), "type", "tool_call_chunk");
}

/* Fragments of tool calls; one that is not shaped like one is passed over. */
static void add_fragments(json_t *chunk, const json_t *delta)
{
    size_t i;
    json_t *call;
    json_t *fragments = message_own(chunk, "tool_call_chunks", json_array());
    json_array_foreach(json_object_get(delta, "tool_calls"), i, call) {
        const json_t *function = json_object_get(call, "function");
        if (json_is_object(function))
            json_array_append_new(fragments, fragment_of(call, function));
    }
    message_read_tool_calls(chunk);
}

static void add_finish(json_t *metadata, const json_t *event, const json_t *choice)
{
    const json_t *reason = json_object_get(choice, "finish_reason");
    if (json_is_string(reason)) {
        keep(metadata, "finish_reason", choice, "finish_reason");
        keep(metadata, "model_name", event, "model");
        keep(metadata, "system_fingerprint", event, "system_fingerprint");
        keep(metadata, "service_tier", event, "service_tier");
    }
    keep(metadata, "logprobs", choice, "logprobs");
    json_object_set_new(metadata, "model_provider", json_string("openai"));
}

json_t *openai_text_message(const struct model_reading *reading, json_t *text)
{
    json_t *chunk =
        message_ai_chunk(json_string_value(text), json_string_length(text), reading->id);
    json_t *metadata = message_own(chunk, "response_metadata", json_object());
    json_object_set_new(metadata, "model_provider", json_string("openai"));
    return chunk;
}

const json_t *openai_first_choice(const json_t *event)
{
    size_t i;
    json_t *choice;
    json_array_foreach(json_object_get(event, "choices"), i, choice)
        if (json_integer_value(json_object_get(choice, "index")) == 0)
            return choice;
    return NULL;
}

json_t *openai_chunk(struct model_reading *reading, json_t *event)
{
    const json_t *choice = openai_first_choice(event);
    const json_t *delta = json_object_get(choice, "delta");
    json_t *usage = openai_usage(json_object_get(event, "usage"));
    if (json_is_object(delta))
        reading->answered = reading->finished = true; /* not of usage alone; ends are not marked */
    if (!json_is_object(delta) && !usage)
        return NULL;
    const json_t *content = json_object_get(delta, "content");
    json_t *chunk = message_ai_chunk("", 0, reading->id);
    if (is_content(content))
        keep(chunk, "content", delta, "content");
    add_kwargs(chunk, delta);
    if (json_array_size(json_object_get(delta, "tool_calls")) > 0)
        add_fragments(chunk, delta);
    if (json_is_object(delta))
        add_finish(message_own(chunk, "response_metadata", json_object()), event, choice);
    if (usage)
        json_object_set_new(chunk, "usage_metadata", usage);
    return chunk;
}
