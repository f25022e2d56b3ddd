#include "stages/limited.h"

#include "base/mem.h"
#include "run/gather.h"
#include "run/run.h"
#include "run/source.h"
#include "stages/wrapper.h"

struct limited {
    struct wrapper wrapper;
    struct slots_rule rule;
};

struct limited_stage {
    struct source source; /* gives the input to the runnable inside, when it is its turn */
    struct slot_claim claim;
    struct sink bound_out;
    struct sink *out;
    struct scope *scope;
    const struct slots_rule *rule;
    json_t *input; /* NULL: no chunk came */
    bool asked;
};

static void refuse(struct limited_stage *stage)
{
    struct outcome outcome =
        outcome_error(LS_OVERLOADED,
                      "all slots of the model are taken (max_concurrent), and its queue is full "
                      "or too slow");
    source_done(&stage->source, &outcome);
}

static void on_turn(struct slot_claim *claim, bool in_time)
{
    struct limited_stage *stage = container_of(claim, struct limited_stage, claim);
    if (in_time)
        source_again(&stage->source);
    else
        refuse(stage);
}

static void begin(struct limited_stage *stage)
{
    if (stage->input) {
        struct chunk chunk = chunk_adds(stage->input);
        (void)source_push(&stage->source, &chunk);
    }
    source_done(&stage->source, &outcome_well);
}

static void limited_go(struct source *source)
{
    struct limited_stage *stage = container_of(source, struct limited_stage, source);
    const struct run_services *services = stage->scope->run->services;
    enum slot_answer answer = SLOT_NOW;
    if (!stage->asked)
        answer = slot_ask(&stage->claim, services ? services->slots : NULL, stage->rule, on_turn);
    stage->asked = true;
    if (answer == SLOT_NOW)
        begin(stage);
    else if (answer == SLOT_NONE)
        refuse(stage);
}

static void limited_stop(struct source *source)
{
    slot_leave(&container_of(source, struct limited_stage, source)->claim);
}

static const struct source_ops source_ops = {limited_go, limited_stop};

static void on_input(void *owner, json_t *value, const struct outcome *outcome)
{
    struct limited_stage *stage = owner;
    if (outcome->kind != OUTCOME_WELL) {
        sink_done(stage->source.out, outcome);
        return;
    }
    stage->input = arena_hold_json(stage->scope->arena, value);
    source_start(&stage->source);
}

static enum flow out_push(struct sink *sink, const struct chunk *chunk)
{
    return sink_push(container_of(sink, struct limited_stage, bound_out)->out, chunk);
}

static void out_done(struct sink *sink, const struct outcome *outcome)
{
    struct limited_stage *stage = container_of(sink, struct limited_stage, bound_out);
    slot_leave(&stage->claim);
    sink_done(stage->out, outcome);
}

static const struct sink_ops out_ops = {out_push, out_done};

static struct sink *limited_open(const struct runnable *runnable, struct scope *scope,
                                 const struct call *call, struct sink *out)
{
    const struct limited *limited = container_of(runnable, const struct limited, wrapper.runnable);
    struct limited_stage *stage = arena_zalloc(scope->arena, sizeof *stage);
    stage->scope = scope;
    stage->rule = &limited->rule;
    stage->out = out;
    sink_init(&stage->bound_out, &out_ops, scope);
    source_init(&stage->source, &source_ops, scope,
                runnable_open(limited->wrapper.bound, scope, call, &stage->bound_out));
    return gather_sink(scope, on_input, stage);
}

static const struct runnable_ops limited_ops = {
    .type = "RunnableLimited",
    .step = STEP_CHAIN,
    .streams = true,
    .unseen = true,
    .open = limited_open,
    .input_schema = wrapper_input_schema,
    .output_schema = wrapper_output_schema,
    .part = wrapper_part,
    .fini = wrapper_fini,
};

struct runnable *limited_new(struct runnable *bound, const struct slots_rule *rule)
{
    struct limited *limited = mem_alloc(sizeof *limited);
    wrapper_init(&limited->wrapper, &limited_ops, bound);
    limited->rule = *rule;
    return &limited->wrapper.runnable;
}
