#include "stages/prompt_base.h"

#include "run/gather.h"
#include "run/scope.h"
#include "schema/well_known.h"
#include "stages/variables.h"

struct stage {
    const struct prompt_base *base;
    struct scope *scope;
    struct sink *out;
    struct call call;  /* of what computes variables */
    json_t *variables; /* of the input; the arena's */
    char why[TEMPLATE_WHY_SIZE];
};

static void print_value(struct stage *stage, json_t *variables)
{
    json_t *value = NULL;
    enum ls_err err = stage->base->print(stage->base, variables, &value, stage->why);
    if (err) {
        sink_fail(stage->out, err, stage->why);
        return;
    }
    sink_push_value(stage->out, value);
    json_decref(value);
    sink_done(stage->out, &outcome_well);
}

/* Prints with what is known beforehand, what was computed (NULL: nothing), and the input. */
static void print_merged(struct stage *stage, json_t *computed)
{
    const json_t *constants = stage->base->partials.constants;
    if (!constants && !computed) {
        print_value(stage, stage->variables);
        return;
    }
    json_auto_t *all = constants ? json_copy((json_t *)constants) : json_object();
    json_object_update(all, computed);
    json_object_update(all, stage->variables);
    print_value(stage, all);
}

static void on_computed(void *owner, json_t *value, const struct outcome *outcome)
{
    struct stage *stage = owner;
    if (outcome->kind != OUTCOME_WELL)
        sink_done(stage->out, outcome);
    else
        print_merged(stage, value);
}

static void on_input(void *owner, json_t *input, const struct outcome *outcome)
{
    struct stage *stage = owner;
    const struct prompt_base *base = stage->base;
    struct arena *arena = stage->scope->arena;
    const char *type = base->runnable.ops->type;
    if (outcome->kind != OUTCOME_WELL) {
        sink_done(stage->out, outcome);
        return;
    }
    json_t *variables = variables_of(input, base->required);
    const char *wrong =
        variables ? variables_missing(arena, variables, base->required, type)
                  : arena_printf(arena, "Input to %s is not an object of variables", type);
    stage->variables = variables ? arena_give_json(arena, variables) : NULL;
    if (wrong) {
        sink_fail(stage->out, LS_BAD_VALUE, wrong);
    } else if (!base->partials.computed) {
        print_merged(stage, NULL);
    } else {
        struct scope *child;
        struct sink *in = scope_open(stage->scope, base->partials.computed, &stage->call,
                                     gather_sink(stage->scope, on_computed, stage), &child);
        sink_push_value(in, stage->variables);
        sink_done(in, &outcome_well);
    }
}

struct sink *prompt_base_open(const struct runnable *runnable, struct scope *scope,
                              const struct call *call, struct sink *out)
{
    struct stage *stage = arena_zalloc(scope->arena, sizeof *stage);
    stage->base = container_of(runnable, const struct prompt_base, runnable);
    stage->scope = scope;
    stage->out = out;
    if (stage->base->partials.computed) {
        stage->call = call_for_part(call, NULL);
        stage->call.streaming = false;
    }
    return gather_sink(scope, on_input, stage);
}

json_t *prompt_base_output_schema(const struct runnable *runnable)
{
    json_auto_t *title = json_sprintf("%sOutput", runnable->name);
    return well_known_prompt_output(json_string_value(title));
}

const struct runnable *prompt_base_part(const struct runnable *runnable, unsigned i,
                                        const char **label)
{
    *label = NULL;
    return i == 0 ? container_of(runnable, const struct prompt_base, runnable)->partials.computed
                  : NULL;
}

void partials_fini(struct partials *partials)
{
    json_decref(partials->constants);
    json_decref(partials->computed_names);
    runnable_rele(partials->computed);
    *partials = (struct partials){0};
}

void prompt_base_init(struct prompt_base *base, const struct runnable_ops *ops,
                      prompt_print_fn *print, const json_t *names, const struct partials *partials)
{
    runnable_init(&base->runnable, ops, NULL);
    base->print = print;
    base->partials = partials ? *partials : (struct partials){0};
    json_auto_t *own = json_object();
    json_object_update(own, base->partials.constants);
    json_object_update(own, base->partials.computed_names);
    base->required = variables_sorted(names, own);
    if (base->partials.computed)
        runnable_add_inside(&base->runnable, base->partials.computed);
}

void prompt_base_fini(struct prompt_base *base)
{
    partials_fini(&base->partials);
    json_decref(base->required);
}
