#include "stages/retry.h"

#include "base/id.h"
#include "base/mem.h"
#include "stages/attempt.h"
#include "stages/later.h"
#include "stages/wrapper.h"

enum { JITTER_MS = 1000 };

struct retry {
    struct wrapper wrapper;
    struct retry_options options;
};

struct retry_stage {
    struct attempt attempt;
    struct later later;
    const struct retry *retry;
    struct call call;
    json_t *input;  /* in the scope's arena; NULL: none */
    unsigned tries; /* that were begun */
};

static void start(struct retry_stage *stage)
{
    struct call call = stage->call;
    stage->tries++;
    if (stage->tries > 1) {
        call.run_id = NULL;
        if (!call.streaming)
            call.tag = arena_printf(stage->attempt.scope->arena, "retry:attempt:%u", stage->tries);
    }
    attempt_start(&stage->attempt, stage->retry->wrapper.bound, &call, stage->input);
}

static void on_later(void *owner, const struct outcome *outcome)
{
    struct retry_stage *stage = owner;
    if (outcome->kind == OUTCOME_WELL)
        start(stage);
    else
        sink_done(stage->attempt.out, outcome);
}

/* Before the try that follows `tries`: the first wait, doubled each time, and up to a second. */
static int64_t wait_of(const struct retry_options *options, unsigned tries)
{
    if (!options->jitter)
        return 0;
    int64_t ms = options->initial;
    for (unsigned i = 1; i < tries && ms < options->max; i++)
        ms *= 2;
    uint32_t random;
    random_bytes(&random, sizeof random);
    ms += (int64_t)(random % (JITTER_MS + 1));
    return ms < options->max ? ms : options->max;
}

static void on_failed(struct attempt *attempt, const struct outcome *outcome)
{
    struct retry_stage *stage = container_of(attempt, struct retry_stage, attempt);
    const struct retry_options *options = &stage->retry->options;
    if (stage->tries < options->attempts && error_is_in(options->on, outcome->err))
        later_start(&stage->later, wait_of(options, stage->tries));
    else
        sink_done(attempt->out, outcome);
}

static void on_input(void *owner, json_t *value, const struct outcome *outcome)
{
    struct retry_stage *stage = owner;
    if (outcome->kind != OUTCOME_WELL) {
        sink_done(stage->attempt.out, outcome);
        return;
    }
    stage->input = arena_hold_json(stage->attempt.scope->arena, value);
    start(stage);
}

/* When somebody streams nobody sees the retry itself, as with LangChain, so the call goes on. */
static struct sink *retry_open(const struct runnable *runnable, struct scope *scope,
                               const struct call *call, struct sink *out)
{
    struct retry_stage *stage = arena_zalloc(scope->arena, sizeof *stage);
    stage->retry = container_of(runnable, const struct retry, wrapper.runnable);
    stage->call = call->streaming ? *call : call_for_part(call, NULL);
    stage->call.kwargs = call->kwargs;
    attempt_init(&stage->attempt, scope, out, call->streaming, on_failed);
    later_init(&stage->later, scope, on_later, stage);
    return gather_sink(scope, on_input, stage);
}

static const struct runnable_ops retry_ops = {
    .type = "RunnableRetry",
    .step = STEP_CHAIN,
    .unseen_streaming = true,
    .open = retry_open,
    .input_schema = wrapper_input_schema,
    .output_schema = wrapper_output_schema,
    .part = wrapper_part,
    .fini = wrapper_fini,
};

struct runnable *retry_new(struct runnable *bound, const struct retry_options *options)
{
    struct retry *retry = mem_alloc(sizeof *retry);
    wrapper_init(&retry->wrapper, &retry_ops, bound);
    retry->options = *options;
    return &retry->wrapper.runnable;
}
