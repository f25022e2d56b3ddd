/* The order of keys is that of langserve.validation's classes: OnChainStart, OnChatModelStart,
 * OnLLMStart, OnToolStart, OnRetrieverStart, OnChainEnd, OnLLMEnd, OnToolEnd, OnRetrieverEnd. */
#include "observe/callback_events.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/list.h"
#include "observe/step_text.h"
#include "schema/repr.h"

static json_t *id_json(const struct uuid *id)
{
    char text[UUID_LEN + 1];
    uuid_format(text, id);
    return json_stringn(text, UUID_LEN);
}

/* What all events of a step begin with; `metadata` is taken over. */
static json_t *begin(const struct step *step, json_t *metadata)
{
    json_t *parent = step->parent ? id_json(&step->parent->id) : json_null();
    return json_pack("{s:o,s:o,s:O,s:o}", "run_id", id_json(&step->id), "parent_run_id", parent,
                     "tags", step_tags(step), "metadata", metadata);
}

static void add(struct listener *l, json_t *event, json_t *kwargs, const char *type)
{
    struct callback_events *events = container_of(l->observer, struct callback_events, observer);
    json_object_set_new(event, "kwargs", kwargs);
    json_object_set_new(event, "type", json_string(type));
    json_array_append_new(events->list, event);
}

/* LangChain tells of the sort of a step but for kinds that call their callbacks themselves. */
static bool tells_run_type(const struct step *step)
{
    static const char *const silent[] = {"RunnableSequence", "RunnableParallel", "RunnableBranch",
                                         "RunnableWithFallbacks"};
    for (size_t i = 0; i < sizeof silent / sizeof *silent; i++)
        if (strcmp(step->runnable->ops->type, silent[i]) == 0)
            return false;
    return true;
}

/* LangChain's tools know the terminal's colour that they are shown in. */
static json_t *tool_kwargs(const struct step *step, json_t *input, json_t *arguments)
{
    bool named = strcmp(step->name, step->runnable->name) != 0; /* by the run */
    const char *type = json_get_string(input, "type");
    bool called = type && strcmp(type, "tool_call") == 0;
    return json_pack("{s:O?,s:s,s:o,s:O?}", "inputs", json_is_object(input) ? arguments : NULL,
                     "color", "green", "name", named ? json_string(step->name) : json_null(),
                     "tool_call_id", called ? json_object_get(input, "id") : NULL);
}

static json_t *start_kwargs(const struct step *step)
{
    enum step_type type = step->runnable->ops->step;
    json_t *kwargs = json_object();
    if (type != STEP_RETRIEVER && !step_is_model(step) && tells_run_type(step))
        json_object_set_new(kwargs, "run_type",
                            type == STEP_CHAIN ? json_null() : json_string(step_type_word(step)));
    json_object_set_new(kwargs, "name", json_string(step->name));
    if (step_is_model(step))
        json_object_set_new(kwargs, "batch_size", json_integer(1));
    return kwargs;
}

static unsigned wants(struct listener *l)
{
    (void)l;
    return WANTS_START | WANTS_END | WANTS_OUTPUT;
}

static void start_tool(struct listener *l, json_t *event, json_t *input, json_t *arguments)
{
    const struct step *step = l->step;
    char *text = repr_str(json_is_object(input) ? arguments : input);
    json_object_set_new(event, "serialized", step->runnable->ops->serialized(step->runnable));
    json_object_set_new(event, "input_str", json_string(text));
    add(l, event, tool_kwargs(step, input, arguments), "on_tool_start");
    free(text);
}

static void start(struct listener *l, json_t *first)
{
    const struct step *step = l->step;
    json_t *event = begin(step, step_metadata(step));
    json_auto_t *null = json_null();
    json_t *given = first ? first : null;
    json_auto_t *input = step_names_input(step) ? step_named_input(step, given) : step_shown(given);
    const char *type = "on_chain_start";
    json_object_set_new(event, "serialized", json_null());
    switch (step->runnable->ops->step) {
    case STEP_TOOL: start_tool(l, event, given, input); return;
    case STEP_CHAT_MODEL: type = "on_chat_model_start"; break;
    case STEP_LLM: type = "on_llm_start"; break;
    case STEP_RETRIEVER: type = "on_retriever_start"; break;
    default: json_object_set(event, "inputs", input);
    }
    if (step_names_input(step) && input)
        json_object_update(event, input);
    add(l, event, start_kwargs(step), type);
}

/* The member that holds what a step gave. */
static json_t *result_of(const struct step *step, json_t *output)
{
    if (!step_is_model(step))
        return output ? step_shown(output) : json_null();
    json_t *result = step_model_result(step, output);
    json_object_del(result, "type"); /* with it the client takes the event for a wrong one */
    return result;
}

static void end(struct listener *l, const struct outcome *outcome, json_t *input, json_t *output)
{
    static const struct {
        const char *type, *member;
    } ends[] = {
        [STEP_CHAIN] = {"on_chain_end", "outputs"},
        [STEP_PROMPT] = {"on_chain_end", "outputs"},
        [STEP_PARSER] = {"on_chain_end", "outputs"},
        [STEP_CHAT_MODEL] = {"on_llm_end", "response"},
        [STEP_LLM] = {"on_llm_end", "response"},
        [STEP_TOOL] = {"on_tool_end", "output"},
        [STEP_RETRIEVER] = {"on_retriever_end", "documents"},
    };
    const struct step *step = l->step;
    enum step_type type = step->runnable->ops->step;
    (void)input;
    if (outcome->kind != OUTCOME_WELL)
        return;
    json_t *event = begin(step, json_null());
    json_object_set_new(event, ends[type].member, result_of(step, output));
    json_t *kwargs = type == STEP_TOOL
                         ? json_pack("{s:s,s:s}", "color", "green", "name", step->runnable->name)
                         : json_object();
    add(l, event, kwargs, ends[type].type);
}

static const struct observer_ops ops = {wants, start, NULL, end};

void callback_events_init(struct callback_events *events)
{
    *events = (struct callback_events){.observer = {.ops = &ops}, .list = json_array()};
}

void callback_events_fini(struct callback_events *events)
{
    json_decref(events->list);
}
