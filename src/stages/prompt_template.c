#include "stages/prompt_template.h"

#include "base/mem.h"
#include "run/gather.h"
#include "run/scope.h"
#include "schema/well_known.h"
#include "stages/variables.h"

enum { MAX_TEXT = 64 << 20 };

struct prompt_template {
    struct runnable runnable;
    struct template *template;
    json_t *names; /* of its variables, sorted */
};

struct stage {
    const struct prompt_template *prompt;
    struct scope *scope;
    struct sink *out;
};

static void print_text(struct stage *stage, const json_t *variables)
{
    struct buf text;
    char why[TEMPLATE_WHY_SIZE];
    buf_init(&text, MAX_TEXT);
    enum ls_err err = template_print(stage->prompt->template, variables, &text, why);
    if (err) {
        sink_fail(stage->out, err, why);
    } else {
        json_auto_t *value =
            json_pack("{s:s%,s:s}", "text", buf_str(&text), text.len, "type", "StringPromptValue");
        sink_push_value(stage->out, value);
        sink_done(stage->out, &outcome_well);
    }
    buf_fini(&text);
}

static void on_input(void *owner, json_t *input, const struct outcome *outcome)
{
    struct stage *stage = owner;
    const json_t *names = stage->prompt->names;
    if (outcome->kind != OUTCOME_WELL) {
        sink_done(stage->out, outcome);
        return;
    }
    json_auto_t *variables = variables_of(input, names);
    const char *wrong =
        variables ? variables_missing(stage->scope->arena, variables, names, "PromptTemplate")
                  : "Input to PromptTemplate is not an object of variables";
    if (wrong)
        sink_fail(stage->out, LS_BAD_VALUE, wrong);
    else
        print_text(stage, variables);
}

static struct sink *template_open(const struct runnable *runnable, struct scope *scope,
                                  const struct call *call, struct sink *out)
{
    (void)call;
    struct stage *stage = arena_alloc(scope->arena, sizeof *stage);
    stage->prompt = container_of(runnable, const struct prompt_template, runnable);
    stage->scope = scope;
    stage->out = out;
    return gather_sink(scope, on_input, stage);
}

static json_t *template_input_schema(const struct runnable *runnable)
{
    return variables_schema(container_of(runnable, const struct prompt_template, runnable)->names);
}

static json_t *template_output_schema(const struct runnable *runnable)
{
    json_auto_t *title = json_sprintf("%sOutput", runnable->name);
    return well_known_prompt_output(json_string_value(title));
}

static void template_fini(struct runnable *runnable)
{
    struct prompt_template *prompt = container_of(runnable, struct prompt_template, runnable);
    template_free(&prompt->template);
    json_decref(prompt->names);
}

static const struct runnable_ops prompt_template_ops = {
    .type = "PromptTemplate",
    .step = STEP_PROMPT,
    .open = template_open,
    .input_schema = template_input_schema,
    .output_schema = template_output_schema,
    .fini = template_fini,
};

struct runnable *prompt_template_new(struct template *template)
{
    struct prompt_template *prompt = mem_alloc(sizeof *prompt);
    const char *const *names;
    runnable_init(&prompt->runnable, &prompt_template_ops, NULL);
    prompt->template = template;
    prompt->names = json_array();
    size_t count = template_variables(template, &names);
    for (size_t i = 0; i < count; i++)
        variables_add(prompt->names, names[i]);
    return &prompt->runnable;
}
