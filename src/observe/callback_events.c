/* The order of keys is that of langserve.validation's classes: OnChainStart, OnChatModelStart,
 * OnLLMStart, OnChainEnd, OnLLMEnd. */
#include "observe/callback_events.h"

#include <string.h>

#include "base/list.h"
#include "observe/step_text.h"

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
                     "tags", step->tags, "metadata", metadata);
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

static json_t *start_kwargs(const struct step *step)
{
    enum step_type type = step->runnable->ops->step;
    json_t *kwargs = json_object();
    if (!step_is_model(step) && tells_run_type(step))
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

static void start(struct listener *l, json_t *first)
{
    const struct step *step = l->step;
    json_t *event = begin(step, step_metadata(step));
    const char *type = "on_chain_start";
    json_object_set_new(event, "serialized", json_null());
    if (step->runnable->ops->step == STEP_CHAT_MODEL) {
        json_auto_t *input = step_model_input(first);
        json_object_set(event, "messages", json_object_get(input, "messages"));
        type = "on_chat_model_start";
    } else if (step->runnable->ops->step == STEP_LLM) {
        json_object_set_new(event, "prompts", first ? json_pack("[O]", first) : json_array());
        type = "on_llm_start";
    } else {
        json_object_set_new(event, "inputs", first ? step_shown(first) : json_null());
    }
    add(l, event, start_kwargs(step), type);
}

static void end(struct listener *l, const struct outcome *outcome, json_t *input, json_t *output)
{
    const struct step *step = l->step;
    bool model = step_is_model(step);
    (void)input;
    if (outcome->kind != OUTCOME_WELL)
        return;
    json_t *event = begin(step, json_null());
    if (model) {
        json_t *result = step_model_result(step, output);
        json_object_del(result, "type"); /* with it the client takes the event for a wrong one */
        json_object_set_new(event, "response", result);
    } else {
        json_object_set_new(event, "outputs", output ? step_shown(output) : json_null());
    }
    add(l, event, json_object(), model ? "on_llm_end" : "on_chain_end");
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
