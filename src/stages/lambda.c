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
    if (outcome.kind == OUTCOME_WELL && call->code->form != LAMBDA_GENERATOR) {
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
    if (call->code->form == LAMBDA_ASYNC)
        call->code->function.async(call, call->input);
    else
        call->code->function.generator(call, call->input);
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
    else if (stage->code->form == LAMBDA_GENERATOR)
        call_async(stage->handle);
}

/* An asynchronous function is told, and ends its call when it will. */
static void tell_cancelled(struct ls_call *call)
{
    if (call->on_cancel && lambda_call_enter(call)) {
        call->on_cancel(call);
        lambda_call_leave(call);
    }
    if (call->code->form == LAMBDA_GENERATOR)
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

static struct sink *lambda_open(const struct runnable *runnable, struct scope *scope,
                                const struct call *call, struct sink *out)
{
    struct lambda_stage *stage = arena_zalloc(scope->arena, sizeof *stage);
    stage->scope = scope;
    stage->call = *call;
    stage->runnable = runnable;
    stage->code = container_of(runnable, const struct lambda, runnable)->code;
    list_init(&stage->awaits);
    source_init(&stage->source, &source_ops, scope, out);
    return gather_sink(scope, on_input, stage);
}

static void lambda_fini(struct runnable *runnable)
{
    lambda_code_rele(container_of(runnable, struct lambda, runnable)->code);
}

static const struct runnable_ops lambda_ops = {
    .type = "RunnableLambda",
    .step = STEP_CHAIN,
    .trace = TRACE_TRANSFORM,
    .open = lambda_open,
    .fini = lambda_fini,
};

static const struct runnable_ops generator_ops = {
    .type = "RunnableGenerator",
    .step = STEP_CHAIN,
    .trace = TRACE_TRANSFORM,
    .open = lambda_open,
    .fini = lambda_fini,
};

struct runnable *lambda_new(struct lambda_code *code, const char *name)
{
    struct lambda *lambda = mem_alloc(sizeof *lambda);
    runnable_init(&lambda->runnable, code->form == LAMBDA_GENERATOR ? &generator_ops : &lambda_ops,
                  name);
    lambda->code = lambda_code_hold(code);
    return &lambda->runnable;
}
