/* Design: the conditions are asked one after the other, on the whole input, in a loop that a
 * condition without a source answers at once; so a long list does not grow the stack. */
#include "stages/branch.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/list.h"
#include "base/mem.h"
#include "run/gather.h"
#include "run/scope.h"

struct arm {
    struct branch_arm is;
    char *condition_tag, *then_tag; /* "condition:1", "branch:1" */
};

struct branch {
    struct runnable runnable;
    struct runnable *otherwise;
    size_t count;
    struct arm *arms;
};

struct branch_stage {
    const struct branch *branch;
    struct scope *scope;
    struct sink *out;
    struct call call;
    json_t *input; /* in the scope's arena; NULL: none */
    size_t at;     /* the arm whose condition is asked */
    bool holds;    /* it does */
    bool answered, asking;
};

static const struct branch *as_branch(const struct runnable *runnable)
{
    return container_of(runnable, const struct branch, runnable);
}

static void give(struct sink *in, json_t *input)
{
    if (input)
        sink_push_value(in, input);
    sink_done(in, &outcome_well);
}

static void ask(struct branch_stage *stage);

static void on_condition(void *owner, json_t *value, const struct outcome *outcome)
{
    struct branch_stage *stage = owner;
    if (outcome->kind != OUTCOME_WELL) {
        sink_done(stage->out, outcome);
        return;
    }
    stage->answered = true;
    stage->holds = json_truth(value);
    stage->at += !stage->holds;
    if (!stage->asking)
        ask(stage);
}

static void ask_next(struct branch_stage *stage)
{
    const struct arm *arm = &stage->branch->arms[stage->at];
    struct call call = call_for_part(&stage->call, arm->condition_tag);
    struct sink *answer = gather_sink(stage->scope, on_condition, stage);
    call.streaming = false;
    stage->answered = false;
    give(runnable_open(arm->is.condition, stage->scope, &call, answer), stage->input);
}

static void take(struct branch_stage *stage)
{
    const struct arm *arm = stage->holds ? &stage->branch->arms[stage->at] : NULL;
    struct call call = call_for_part(&stage->call, arm ? arm->then_tag : "branch:default");
    call.kwargs = stage->call.kwargs;
    give(runnable_open(arm ? arm->is.then : stage->branch->otherwise, stage->scope, &call,
                       stage->out),
         stage->input);
}

/* Asks until a condition holds, none is left, or an answer has to be waited for. */
static void ask(struct branch_stage *stage)
{
    stage->asking = true;
    while (stage->answered && !stage->holds && stage->at < stage->branch->count)
        ask_next(stage);
    stage->asking = false;
    if (stage->answered)
        take(stage);
}

static void on_input(void *owner, json_t *value, const struct outcome *outcome)
{
    struct branch_stage *stage = owner;
    if (outcome->kind != OUTCOME_WELL) {
        sink_done(stage->out, outcome);
        return;
    }
    stage->input = arena_hold_json(stage->scope->arena, value);
    stage->answered = true;
    ask(stage);
}

static struct sink *branch_open(const struct runnable *runnable, struct scope *scope,
                                const struct call *call, struct sink *out)
{
    struct branch_stage *stage = arena_zalloc(scope->arena, sizeof *stage);
    stage->branch = as_branch(runnable);
    stage->scope = scope;
    stage->out = out;
    stage->call = *call;
    return gather_sink(scope, on_input, stage);
}

static const struct runnable *branch_part(const struct runnable *runnable, unsigned i,
                                          const char **label)
{
    const struct branch *branch = as_branch(runnable);
    size_t count = branch->count;
    if (i == 0 || i > 2 * count) {
        *label = "branch:default";
        return i == 0 ? branch->otherwise : NULL;
    }
    const struct arm *arm = &branch->arms[(i - 1) % count];
    bool then = i <= count;
    *label = then ? arm->then_tag : arm->condition_tag;
    return then ? arm->is.then : arm->is.condition;
}

/* That of the first part (the default, the arms, the conditions) that says a type. */
static json_t *branch_input_schema(const struct runnable *runnable)
{
    const struct runnable *part;
    const char *label;
    for (unsigned i = 0; (part = branch_part(runnable, i, &label)); i++) {
        json_t *schema = runnable_input_schema(part);
        if (json_object_get(schema, "type"))
            return schema;
        json_decref(schema);
    }
    return runnable_any_schema(runnable, "Input");
}

static void branch_fini(struct runnable *runnable)
{
    struct branch *branch = container_of(runnable, struct branch, runnable);
    for (size_t i = 0; i < branch->count; i++) {
        runnable_rele(branch->arms[i].is.condition);
        runnable_rele(branch->arms[i].is.then);
        free(branch->arms[i].condition_tag);
        free(branch->arms[i].then_tag);
    }
    runnable_rele(branch->otherwise);
    free(branch->arms);
}

static const struct runnable_ops branch_ops = {
    .type = "RunnableBranch",
    .step = STEP_CHAIN,
    .trace = TRACE_PASSING,
    .open = branch_open,
    .input_schema = branch_input_schema,
    .part = branch_part,
    .fini = branch_fini,
};

struct runnable *branch_new(const struct branch_arm *arms, size_t count, struct runnable *otherwise)
{
    struct branch *branch = mem_zalloc(1, sizeof *branch);
    runnable_init(&branch->runnable, &branch_ops, NULL);
    branch->otherwise = otherwise;
    runnable_add_inside(&branch->runnable, otherwise);
    branch->count = count;
    branch->arms = mem_zalloc(count, sizeof *branch->arms);
    for (size_t i = 0; i < count; i++) {
        branch->arms[i].is = arms[i];
        runnable_add_inside(&branch->runnable, arms[i].condition);
        runnable_add_inside(&branch->runnable, arms[i].then);
        branch->arms[i].condition_tag = mem_printf("condition:%zu", i + 1);
        branch->arms[i].then_tag = mem_printf("branch:%zu", i + 1);
    }
    return &branch->runnable;
}
