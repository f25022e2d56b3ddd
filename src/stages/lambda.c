/* Design: a plain function is called where its input ends.  The other forms are sources: `go`
 * calls the function, the call's end (a task from any thread) ends the source, and `stop` lets go
 * of a function that goes on by itself. */
#include "stages/lambda.h"

#include "base/mem.h"
#include "run/gather.h"
#include "stages/lambda_call.h"

struct lambda {
    struct runnable runnable;
    struct lambda_code *code;
};

/* Ends the stage's connection with its call; the caller has the stage's reference now. */
static struct ls_call *part(struct lambda_stage *stage)
{
    struct ls_call *call = stage->handle;
    if (call->mailbox)
        mailbox_expect_less(call->mailbox);
    stage->handle = NULL;
    call->stage = NULL;
    lambda_cancel_awaits(stage);
    return call;
}

void lambda_stage_end(struct lambda_stage *stage)
{
    struct ls_call *call = part(stage);
    bool handed = stage->handed.kind != OUTCOME_WELL;
    struct outcome outcome = handed ? stage->handed : lambda_call_outcome(call);
    bool silent = !lambda_emits(call->code) || (!stage->call.streaming && !stage->gave);
    if (outcome.kind == OUTCOME_WELL && silent) {
        json_auto_t *null = json_null();
        struct chunk chunk = chunk_adds(call->output ? call->output : null);
        (void)source_push(&stage->source, &chunk);
    }
    source_done(&stage->source, &outcome);
    lambda_call_rele(call);
}

/* ---- functions that give their output when they return ---- */

static void run_function(struct ls_call *call)
{
    call->err = call->code->function.plain(call, call->input, &call->output);
}

static void call_plain(struct lambda_stage *stage)
{
    struct ls_call *call = lambda_call_new(stage);
    struct sink *out = stage->source.out;
    run_function(call);
    struct outcome outcome = lambda_call_outcome(call);
    if (outcome.kind == OUTCOME_WELL) {
        json_auto_t *null = json_null();
        (void)sink_push_value(out, call->output ? call->output : null);
    }
    sink_done(out, &outcome);
    lambda_call_rele(call);
}

static void on_thread(struct work *work)
{
    run_function(container_of(work, struct ls_call, work));
}

static void on_returned(struct work *work, bool gone)
{
    struct ls_call *call = container_of(work, struct ls_call, work);
    if (!gone && call->stage)
        lambda_stage_end(call->stage);
    lambda_call_rele(call);
}

/* ---- the source ---- */

static void call_async(struct ls_call *call)
{
    if (!lambda_call_enter(call))
        return;
    const struct lambda_code *code = call->code;
    if (code->form == LAMBDA_ASYNC)
        code->function.async(call, call->input);
    else if (code->form == LAMBDA_GENERATOR)
        code->function.generator(call, call->input);
    else
        code->function.transform(call);
    lambda_call_leave(call);
}

static void begin(struct lambda_stage *stage)
{
    struct loop *loop = scope_loop(stage->scope);
    struct ls_call *call = stage->handle = lambda_call_new(stage);
    lambda_call_hold(call); /* the function's */
    if (call->code->form == LAMBDA_BLOCKING) {
        work_start(loop, &call->work, on_thread, on_returned);
        return;
    }
    call->mailbox = mailbox_hold(loop_mailbox(loop));
    mailbox_expect(call->mailbox);
    call_async(call);
}

static void lambda_go(struct source *source)
{
    struct lambda_stage *stage = container_of(source, struct lambda_stage, source);
    stage->pushed = 0;
    if (!stage->handle)
        begin(stage);
    else if (lambda_emits(stage->code))
        call_async(stage->handle);
}

/* An asynchronous function is told, and ends its call when it will. */
static void tell_cancelled(struct ls_call *call)
{
    if (call->on_cancel && lambda_call_enter(call)) {
        call->on_cancel(call);
        lambda_call_leave(call);
    }
    if (lambda_emits(call->code))
        lambda_call_close(call);
}

static void lambda_stop(struct source *source)
{
    struct lambda_stage *stage = container_of(source, struct lambda_stage, source);
    struct ls_call *call = part(stage);
    atomic_store(&call->cancelled, true);
    if (call->code->form != LAMBDA_BLOCKING)
        tell_cancelled(call);
    else if (work_cancel(&call->work))
        lambda_call_rele(call); /* the function's: it will never run */
    lambda_call_rele(call);
}

static const struct source_ops source_ops = {lambda_go, lambda_stop};

/* ---- the runnable ---- */

static void on_input(void *owner, json_t *value, const struct outcome *outcome)
{
    struct lambda_stage *stage = owner;
    if (outcome->kind != OUTCOME_WELL) {
        sink_done(stage->source.out, outcome);
        return;
    }
    stage->input = value ? arena_hold_json(stage->scope->arena, value)
                         : arena_give_json(stage->scope->arena, json_null());
    if (stage->code->form == LAMBDA_PLAIN)
        call_plain(stage);
    else
        source_start(&stage->source);
}

/* The transform begins with the first chunk, or with the end. */
static void on_chunk(struct intake *intake)
{
    struct lambda_stage *stage = container_of(intake, struct lambda_stage, intake);
    if (stage->source.state == SOURCE_IDLE)
        source_start(&stage->source);
    else if (stage->handle) /* else it begins soon */
        source_again(&stage->source);
}

/* One that is invoked, not streamed, gets all its input as one chunk. */
static void on_only_chunk(void *owner, json_t *value, const struct outcome *outcome)
{
    struct lambda_stage *stage = owner;
    if (value && outcome->kind == OUTCOME_WELL)
        (void)sink_push_value(&stage->intake.sink, value);
    sink_done(&stage->intake.sink, outcome);
}

static struct sink *open_transform(struct lambda_stage *stage, struct sink *out)
{
    struct intake *intake = &stage->intake;
    intake_init(intake, stage->scope, out, on_chunk);
    source_init(&stage->source, &source_ops, stage->scope, &intake->tail);
    return stage->call.streaming ? &intake->sink : gather_sink(stage->scope, on_only_chunk, stage);
}

static struct sink *lambda_open(const struct runnable *runnable, struct scope *scope,
                                const struct call *call, struct sink *out)
{
    struct lambda_stage *stage = arena_zalloc(scope->arena, sizeof *stage);
    stage->scope = scope;
    stage->call = *call;
    stage->runnable = runnable;
    stage->code = container_of(runnable, const struct lambda, runnable)->code;
    list_init(&stage->awaits);
    if (stage->code->form == LAMBDA_TRANSFORM)
        return open_transform(stage, out);
    source_init(&stage->source, &source_ops, scope, out);
    return gather_sink(scope, on_input, stage);
}

static void lambda_fini(struct runnable *runnable)
{
    lambda_code_rele(container_of(runnable, struct lambda, runnable)->code);
}

static const struct runnable_ops lambda_ops = {
    .type = "RunnableLambda",
    .reads_config = true,
    .step = STEP_CHAIN,
    .trace = TRACE_TRANSFORM,
    .open = lambda_open,
    .fini = lambda_fini,
};

static const struct runnable_ops generator_ops = {
    .type = "RunnableGenerator",
    .reads_config = true,
    .step = STEP_CHAIN,
    .trace = TRACE_TRANSFORM,
    .open = lambda_open,
    .fini = lambda_fini,
};

static const struct runnable_ops transform_ops = {
    .type = "RunnableGenerator",
    .reads_config = true,
    .step = STEP_CHAIN,
    .trace = TRACE_TRANSFORM,
    .streams = true,
    .open = lambda_open,
    .fini = lambda_fini,
};

static const struct runnable_ops *ops_of(enum lambda_form form)
{
    switch (form) {
    case LAMBDA_GENERATOR: return &generator_ops;
    case LAMBDA_TRANSFORM: return &transform_ops;
    default: return &lambda_ops;
    }
}

struct runnable *lambda_new(struct lambda_code *code, const char *name)
{
    struct lambda *lambda = mem_alloc(sizeof *lambda);
    runnable_init(&lambda->runnable, ops_of(code->form), name);
    lambda->code = lambda_code_hold(code);
    return &lambda->runnable;
}
