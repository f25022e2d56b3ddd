#include "stages/fallbacks.h"

#include <stdlib.h>

#include "base/list.h"
#include "base/mem.h"
#include "stages/attempt.h"
#include "stages/later.h"

struct fallbacks {
    struct runnable runnable;
    struct runnable **tries;
    size_t count;
    uint64_t on;
    char *key;
};

struct fallbacks_stage {
    struct attempt attempt;
    struct later later;
    const struct fallbacks *fallbacks;
    struct call call;
    json_t *input; /* in the scope's arena; NULL: none */
    size_t at;     /* which one is tried */
    struct outcome first;
};

static const struct fallbacks *as_fallbacks(const struct runnable *runnable)
{
    return container_of(runnable, const struct fallbacks, runnable);
}

static void start(struct fallbacks_stage *stage)
{
    attempt_start(&stage->attempt, stage->fallbacks->tries[stage->at], &stage->call, stage->input);
}

static void on_later(void *owner, const struct outcome *outcome)
{
    struct fallbacks_stage *stage = owner;
    if (outcome->kind == OUTCOME_WELL)
        start(stage);
    else
        sink_done(stage->attempt.out, outcome);
}

/* The next one's input says what went wrong. */
static void hand_on(struct fallbacks_stage *stage, const struct outcome *outcome)
{
    json_t *said = json_string(outcome_said(outcome));
    json_t *input = json_copy(stage->input);
    json_object_set_new(input, stage->fallbacks->key,
                        said ? said : json_string(ls_strerror(outcome->err)));
    stage->input = arena_give_json(stage->attempt.scope->arena, input);
}

static void on_failed(struct attempt *attempt, const struct outcome *outcome)
{
    struct fallbacks_stage *stage = container_of(attempt, struct fallbacks_stage, attempt);
    const struct fallbacks *fallbacks = stage->fallbacks;
    if (!error_is_in(fallbacks->on, outcome->err)) {
        sink_done(attempt->out, outcome);
        return;
    }
    if (stage->at == 0)
        stage->first = outcome_keep(attempt->scope->arena, outcome);
    if (++stage->at == fallbacks->count) {
        sink_done(attempt->out, &stage->first);
        return;
    }
    if (fallbacks->key)
        hand_on(stage, outcome);
    later_start(&stage->later, 0);
}

static void on_input(void *owner, json_t *value, const struct outcome *outcome)
{
    struct fallbacks_stage *stage = owner;
    struct sink *out = stage->attempt.out;
    if (outcome->kind != OUTCOME_WELL) {
        sink_done(out, outcome);
    } else if (stage->fallbacks->key && !json_is_object(value)) {
        sink_fail(out, LS_BAD_VALUE, "fallbacks: the input must be an object to hand the error on");
    } else {
        stage->input = arena_hold_json(stage->attempt.scope->arena, value);
        start(stage);
    }
}

static struct sink *fallbacks_open(const struct runnable *runnable, struct scope *scope,
                                   const struct call *call, struct sink *out)
{
    struct fallbacks_stage *stage = arena_zalloc(scope->arena, sizeof *stage);
    stage->fallbacks = as_fallbacks(runnable);
    stage->call = call_for_part(call, NULL);
    stage->call.kwargs = call->kwargs;
    attempt_init(&stage->attempt, scope, out, call->streaming, on_failed);
    later_init(&stage->later, scope, on_later, stage);
    return gather_sink(scope, on_input, stage);
}

static json_t *fallbacks_input_schema(const struct runnable *runnable)
{
    return runnable_input_schema(as_fallbacks(runnable)->tries[0]);
}

static json_t *fallbacks_output_schema(const struct runnable *runnable)
{
    return runnable_output_schema(as_fallbacks(runnable)->tries[0]);
}

static const struct runnable *fallbacks_part(const struct runnable *runnable, unsigned i,
                                             const char **label)
{
    const struct fallbacks *fallbacks = as_fallbacks(runnable);
    *label = NULL;
    return i < fallbacks->count ? fallbacks->tries[i] : NULL;
}

static void fallbacks_fini(struct runnable *runnable)
{
    struct fallbacks *fallbacks = container_of(runnable, struct fallbacks, runnable);
    for (size_t i = 0; i < fallbacks->count; i++)
        runnable_rele(fallbacks->tries[i]);
    free(fallbacks->tries);
    free(fallbacks->key);
}

static const struct runnable_ops fallbacks_ops = {
    .type = "RunnableWithFallbacks",
    .step = STEP_CHAIN,
    .trace = TRACE_PASSING,
    .open = fallbacks_open,
    .input_schema = fallbacks_input_schema,
    .output_schema = fallbacks_output_schema,
    .part = fallbacks_part,
    .fini = fallbacks_fini,
};

struct runnable *fallbacks_new(struct runnable *const *runnables, size_t count,
                               const struct fallbacks_options *options)
{
    struct fallbacks *fallbacks = mem_zalloc(1, sizeof *fallbacks);
    runnable_init(&fallbacks->runnable, &fallbacks_ops, NULL);
    fallbacks->tries = mem_zalloc(count, sizeof *fallbacks->tries);
    for (size_t i = 0; i < count; i++) {
        fallbacks->tries[i] = runnables[i];
        runnable_add_inside(&fallbacks->runnable, runnables[i]);
    }
    fallbacks->count = count;
    fallbacks->on = options->on;
    fallbacks->key = options->key ? mem_strdup(options->key) : NULL;
    return &fallbacks->runnable;
}
