#include "observe/langsmith_value.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "observe/step_text.h"
#include "run/message.h"
#include "schema/repr.h"

#define ESCAPED "__lc_escaped__"

/* LangChain's class of a message; NULL: it is none. */
static const char *message_class(const json_t *message)
{
    static const char *const classes[][2] = {
        {"human", "HumanMessage"},       {"ai", "AIMessage"},
        {"system", "SystemMessage"},     {"tool", "ToolMessage"},
        {"function", "FunctionMessage"}, {"chat", "ChatMessage"},
    };
    const char *type = json_get_string(message, "type");
    if (!type || message_is_chunk(message))
        return type;
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        if (strcmp(type, classes[i][0]) == 0)
            return classes[i][1];
    return NULL;
}

/* Whether a member says nothing: LangChain leaves such out of what it serializes. */
static bool is_default(const char *key, const json_t *value)
{
    bool map = strcmp(key, "additional_kwargs") == 0 || strcmp(key, "response_metadata") == 0;
    return json_is_null(value) || json_is_false(value) || (map && json_object_size(value) == 0);
}

/* Whether who loads a trace with LangChain would take a mapping for one of its objects. */
static bool looks_like_an_object(const json_t *value)
{
    return json_object_get(value, "lc") ||
           (json_object_size(value) == 1 && json_object_get(value, ESCAPED));
}

/* A value that came from outside: what only looks like LangChain's objects is marked as LangChain
 * marks it, so that nothing is made of it (new reference). */
static json_t *escaped(json_t *value)
{
    size_t i;
    const char *key;
    json_t *item, *copy;
    if (looks_like_an_object(value))
        return json_pack("{s:O}", ESCAPED, value);
    if (!json_is_object(value) && !json_is_array(value))
        return json_incref(value);
    copy = json_is_object(value) ? json_object() : json_array();
    json_object_foreach(value, key, item)
        json_object_set_new(copy, key, escaped(item));
    json_array_foreach(value, i, item)
        json_array_append_new(copy, escaped(item));
    return copy;
}

/* A message as LangChain serializes it (new reference). */
static json_t *constructor(json_t *message)
{
    const char *class = message_class(message), *key;
    json_t *value, *kwargs = json_object();
    if (!class) {
        json_decref(kwargs);
        return json_incref(message);
    }
    json_object_foreach(message, key, value)
        if (!is_default(key, value))
            json_object_set_new(kwargs, key, escaped(value));
    return json_pack("{s:i,s:s,s:[s,s,s,s],s:o}", "lc", 1, "type", "constructor", "id", "langchain",
                     "schema", "messages", class, "kwargs", kwargs);
}

/* {"messages": [[…]]} with each message serialized. */
static json_t *model_inputs(const struct step *step, json_t *input)
{
    size_t i;
    json_t *message, *serialized = json_array();
    json_auto_t *named = step_named_input(step, input);
    json_t *messages = json_array_get(json_object_get(named, "messages"), 0);
    if (!messages) { /* a model of texts, or what is no input at all */
        json_decref(serialized);
        return named ? json_incref(named) : json_object();
    }
    json_array_foreach(messages, i, message)
        json_array_append_new(serialized, constructor(message));
    return json_pack("{s:[o]}", "messages", serialized);
}

static json_t *model_outputs(const struct step *step, json_t *output)
{
    json_t *result = step_model_result(step, output);
    json_t *generations = json_object_get(result, "generations");
    json_t *first = json_array_get(json_array_get(generations, 0), 0);
    if (json_object_get(first, "message"))
        json_object_set_new(first, "message", constructor(output));
    return result;
}

/* LangChain's objects stand under a key, as everything that is no plain map. */
static json_t *under(const char *key, json_t *value)
{
    static const char *const classes[] = {"ChatPromptValueConcrete", "StringPromptValue",
                                          "Document"};
    const char *type = json_get_string(value, "type");
    bool plain =
        json_is_object(value) && !(message_class(value) && json_object_get(value, "content"));
    for (size_t i = 0; plain && type && i < sizeof classes / sizeof *classes; i++)
        plain = strcmp(type, classes[i]) != 0;
    if (plain)
        return json_incref(value);
    return json_pack("{s:o}", key, value ? step_shown(value) : json_null());
}

/* The arguments of a tool; what is no object is shown as Python shows it. */
static json_t *tool_inputs(const struct step *step, json_t *input)
{
    if (json_is_object(input))
        return step_named_input(step, input);
    char *text = repr_str(input);
    json_t *inputs = json_pack("{s:s}", "input", text);
    free(text);
    return inputs;
}

json_t *langsmith_inputs(const struct step *step, json_t *input)
{
    json_auto_t *null = json_null();
    json_t *given = input ? input : null;
    switch (step->runnable->ops->step) {
    case STEP_CHAT_MODEL:
    case STEP_LLM: return model_inputs(step, given);
    case STEP_TOOL: return tool_inputs(step, given);
    case STEP_RETRIEVER: return step_named_input(step, given);
    default: return under("input", given);
    }
}

json_t *langsmith_outputs(const struct step *step, json_t *output)
{
    switch (step->runnable->ops->step) {
    case STEP_CHAT_MODEL:
    case STEP_LLM: return model_outputs(step, output);
    case STEP_TOOL: return json_pack("{s:O?}", "output", output);
    case STEP_RETRIEVER: return json_pack("{s:O?}", "documents", output);
    default: return under("output", output);
    }
}

json_t *langsmith_usage(const struct step *step, json_t *output)
{
    json_t *usage = step_is_model(step) ? json_object_get(output, "usage_metadata") : NULL;
    json_t *cost = json_object_get(json_object_get(output, "response_metadata"), "cost");
    json_t *told = json_is_object(usage) ? json_copy(usage) : NULL;
    if (told && cost)
        json_object_set(told, "total_cost", cost);
    return told;
}
