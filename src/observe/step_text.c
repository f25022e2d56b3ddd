#include "observe/step_text.h"

#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "run/message.h"
#include "run/prompt_text.h"

const char *step_type_word(const struct step *step)
{
    static const char *const words[] = {
        [STEP_CHAIN] = "chain", [STEP_PROMPT] = "prompt", [STEP_CHAT_MODEL] = "chat_model",
        [STEP_LLM] = "llm",     [STEP_PARSER] = "parser", [STEP_RETRIEVER] = "retriever",
        [STEP_TOOL] = "tool",
    };
    return words[step->runnable->ops->step];
}

bool step_is_model(const struct step *step)
{
    enum step_type type = step->runnable->ops->step;
    return type == STEP_CHAT_MODEL || type == STEP_LLM;
}

bool step_tells_chunks(const struct step *step)
{
    const struct runnable_ops *ops = step->runnable->ops;
    bool transforms = ops->trace == TRACE_TRANSFORM && (step->parent || ops->step != STEP_PARSER);
    return (step_is_model(step) && ops->streams) || (step->streaming && transforms) ||
           (!step->parent && ops->trace == TRACE_PASSING);
}

bool step_tells_input_late(const struct step *step)
{
    return step->streaming && step->runnable->ops->trace == TRACE_TRANSFORM;
}

bool step_names_input(const struct step *step)
{
    enum step_type type = step->runnable->ops->step;
    return step_is_model(step) || type == STEP_RETRIEVER || type == STEP_TOOL;
}

/* The arguments that a tool was called with; what is no object has none. */
static json_t *tool_input(json_t *input)
{
    const char *type = json_get_string(input, "type");
    if (type && strcmp(type, "tool_call") == 0)
        input = json_object_get(input, "args");
    return json_is_object(input) ? json_incref(input) : json_object();
}

json_t *step_named_input(const struct step *step, json_t *input)
{
    json_t *made = NULL;
    const char *why;
    switch (step->runnable->ops->step) {
    case STEP_TOOL: return tool_input(input);
    case STEP_RETRIEVER: return json_pack("{s:O?}", "query", input);
    case STEP_LLM:
        return prompt_text(&made, input, &why) ? NULL : json_pack("{s:[o]}", "prompts", made);
    default:
        return message_list(&made, input, &why) ? NULL : json_pack("{s:[o]}", "messages", made);
    }
}

void step_print_string(struct buf *out, const char *text)
{
    (void)json_print_string(out, text, strlen(text), JSON_SSE);
}

static bool is_internal(const char *key)
{
    return strncmp(key, "__", 2) == 0;
}

json_t *step_metadata(const struct step *step)
{
    const char *key;
    json_t *value, *metadata = json_object();
    json_object_foreach(step->metadata, key, value)
        if (!is_internal(key))
            json_object_set(metadata, key, value);
    return metadata;
}

void step_print_metadata(struct buf *out, const json_t *metadata)
{
    const char *key, *before = "";
    json_t *value;
    buf_add_char(out, '{');
    json_object_foreach((json_t *)metadata, key, value) {
        if (is_internal(key))
            continue;
        buf_add_str(out, before);
        step_print_string(out, key);
        buf_add_char(out, ':');
        (void)json_print(out, value, JSON_SSE);
        before = ",";
    }
    buf_add_char(out, '}');
}

void step_print_id(struct buf *out, const struct uuid *id)
{
    char text[UUID_LEN + 1];
    uuid_format(text, id);
    buf_add_char(out, '"');
    buf_add(out, text, UUID_LEN);
    buf_add_char(out, '"');
}

static void print_above(struct buf *out, const struct step *step)
{
    if (!step)
        return;
    print_above(out, step->parent);
    if (step->parent)
        buf_add_char(out, ',');
    step_print_id(out, &step->id);
}

void step_print_parents(struct buf *out, const struct step *step)
{
    buf_add_char(out, '[');
    print_above(out, step->parent);
    buf_add_char(out, ']');
}

json_t *step_shown(json_t *value)
{
    const char *type = json_get_string(value, "type");
    if (!type || strcmp(type, "ChatPromptValueConcrete") != 0)
        return json_incref(value);
    json_t *shown = json_copy(value);
    json_object_del(shown, "type");
    return shown;
}

void step_print_value(struct buf *out, json_t *value, size_t limit)
{
    size_t start = out->len;
    if (!value) {
        buf_add_str(out, "null");
        return;
    }
    json_auto_t *printed = step_shown(value);
    (void)json_print(out, printed, JSON_SSE);
    size_t len = out->len - start;
    if (limit > 0 && len > limit) {
        buf_cut(out, start);
        buf_printf(out, "{\"omitted_bytes\":%zu}", len);
    }
}

static json_t *generation_of(json_t *message)
{
    struct buf text;
    buf_init(&text, 256 << 20);
    (void)message_add_text(&text, message);
    json_t *about = json_object_get(message, "response_metadata");
    const char *type = message_is_chunk(message) ? "ChatGenerationChunk" : "ChatGeneration";
    json_t *generation =
        json_pack("{s:s#,s:o,s:s,s:O}", "text", buf_str(&text), (int)text.len, "generation_info",
                  json_object_size(about) > 0 ? json_incref(about) : json_null(), "type", type,
                  "message", message);
    buf_fini(&text);
    return generation;
}

json_t *step_generation(json_t *text)
{
    return json_pack("{s:O,s:n,s:s}", "text", text, "generation_info", "type", "Generation");
}

json_t *step_model_result(const struct step *step, json_t *output)
{
    json_t *list = json_array();
    if (output && step->runnable->ops->step == STEP_CHAT_MODEL)
        json_array_append_new(list, generation_of(output));
    else if (output)
        json_array_append_new(list, step_generation(output));
    json_t *told = step->llm_output ? *step->llm_output : NULL;
    return json_pack("{s:[o],s:O?,s:n,s:s}", "generations", list, "llm_output", told, "run", "type",
                     "LLMResult");
}

void step_print_time(struct buf *out, int64_t wall_us)
{
    char text[25];
    clock_format_iso(text, wall_us);
    buf_printf(out, "\"%.23s+00:00\"", text);
}
