#include "models/text_model.h"

#include "run/gather.h"
#include "run/prompt_text.h"

json_t *text_model_output_schema(const struct runnable *runnable)
{
    return json_pack("{s:o,s:s}", "title", runnable_title(runnable, "Output"), "type", "string");
}

struct model_input {
    struct sink *out;
    text_model_fn *fn;
    void *owner;
};

static void on_input(void *owner, json_t *value, const struct outcome *outcome)
{
    struct model_input *input = owner;
    json_t *prompt = NULL;
    const char *why = NULL;
    if (outcome->kind != OUTCOME_WELL) {
        sink_done(input->out, outcome);
        return;
    }
    if (prompt_text(&prompt, value, &why) != LS_OK) {
        sink_fail(input->out, LS_BAD_VALUE, why);
        return;
    }
    input->fn(input->owner, prompt);
    json_decref(prompt);
}

struct sink *text_model_input(struct scope *scope, struct sink *out, text_model_fn *fn, void *owner)
{
    struct model_input *input = arena_alloc(scope->arena, sizeof *input);
    *input = (struct model_input){.out = out, .fn = fn, .owner = owner};
    return gather_sink(scope, on_input, input);
}
