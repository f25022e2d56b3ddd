#include "stages/limited.h"

#include "base/json.h"
#include "base/mem.h"
#include "run/gather.h"
#include "run/run.h"
#include "run/source.h"
#include "stages/wrapper.h"

enum { TOKEN_BYTES = 4, MAX_INPUT = 64 << 20 };

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
    int64_t guess, told; /* tokens: of the input; of the usage so far */
    int64_t said;        /* bytes of text that the answer has so far */
};

static void refuse(struct limited_stage *stage)
{
    struct outcome outcome = outcome_error(
        LS_OVERLOADED,
        "the model is at its limit (max_concurrent, rate or tokens), and its queue is "
        "full or too slow");
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
        answer = slot_ask(&stage->claim, services ? services->slots : NULL, stage->rule,
                          stage->guess, on_turn);
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

/* ---- tokens ---- */

static int64_t tokens_of_input(const json_t *input)
{
    struct buf text;
    buf_init(&text, MAX_INPUT);
    if (input && json_print(&text, input, JSON_WIRE) != LS_OK)
        buf_reset(&text);
    int64_t tokens = (int64_t)text.len / TOKEN_BYTES + 1;
    buf_fini(&text);
    return tokens;
}

static void count_tokens(struct limited_stage *stage, const json_t *value)
{
    const json_t *usage = json_object_get(value, "usage_metadata");
    const json_t *text = json_is_string(value) ? value : json_object_get(value, "content");
    int64_t told = json_integer_value(json_object_get(usage, "total_tokens"));
    stage->told = told > stage->told ? told : stage->told; /* some tell it again and again */
    stage->said += (int64_t)json_string_length(text);
}

static int64_t tokens_taken(const struct limited_stage *stage)
{
    return stage->told > 0 ? stage->told : stage->guess + stage->said / TOKEN_BYTES;
}

/* ---- the stage ---- */

static void on_input(void *owner, json_t *value, const struct outcome *outcome)
{
    struct limited_stage *stage = owner;
    if (outcome->kind != OUTCOME_WELL) {
        sink_done(stage->source.out, outcome);
        return;
    }
    stage->input = arena_hold_json(stage->scope->arena, value);
    if (stage->rule->tokens.count > 0)
        stage->guess = tokens_of_input(value);
    source_start(&stage->source);
}

static enum flow out_push(struct sink *sink, const struct chunk *chunk)
{
    struct limited_stage *stage = container_of(sink, struct limited_stage, bound_out);
    if (stage->rule->tokens.count > 0)
        count_tokens(stage, chunk->value);
    return sink_push(stage->out, chunk);
}

static void out_done(struct sink *sink, const struct outcome *outcome)
{
    struct limited_stage *stage = container_of(sink, struct limited_stage, bound_out);
    slot_took(&stage->claim, tokens_taken(stage));
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
