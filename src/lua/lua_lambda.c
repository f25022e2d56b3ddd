/* Design: most lambdas end within their first slice; they run as soon as their input is there, on
 * the caller's stack, and no source is started.  All others go on as a source: its `go` runs the
 * routine and does what it asks, so that whatever a lambda starts begins on a clean stack.  Those
 * that have run for long enough go on in turn, one for each time that the loop looks outside: any
 * number of them holds others up as much as one does. */
#include "lua/lua_lambda.h"

#include "base/mem.h"
#include "lua/failure.h"
#include "lua/lua_lambda_internal.h"
#include "run/run.h"
#include "run/scope.h"

enum { ASKS_PER_TURN = 64 };

static void end_with(struct lambda_stage *stage, const struct outcome *outcome)
{
    stage->phase = LAMBDA_ENDS;
    stage->end = outcome_keep(stage->scope->arena, outcome);
}

/* Runs the routine until it is over, its slice is, or it asks. */
static enum routine_state run_routine(struct lambda_stage *stage)
{
    enum routine_state state = routine_run(stage->routine);
    switch (state) {
    case ROUTINE_DONE:
        stage->phase = LAMBDA_ENDS;
        stage->result = json_incref(routine_result(stage->routine));
        if (stage->lambda->traits.emits && !stage->gave && !stage->call.streaming)
            stage->result = json_null(); /* nothing is null for the step behind */
        break;
    case ROUTINE_FAILED: end_with(stage, routine_failure(stage->routine)); break;
    case ROUTINE_ASKS: stage->phase = LAMBDA_ASKS; break;
    case ROUTINE_AGAIN: break;
    }
    if (stage->phase == LAMBDA_ENDS)
        routine_drop(&stage->routine);
    return state;
}

/* Pushes the result, then ends; a lambda's unfinished business is ended first. */
static void go_to_end(struct lambda_stage *stage)
{
    lua_lambda_cancel_legs(stage);
    if (stage->live > 0)
        return; /* the last of them wakes the source */
    if (stage->result) {
        json_auto_t *result = stage->result;
        struct chunk chunk = chunk_adds(result);
        stage->result = NULL;
        if (source_push(&stage->source, &chunk) != FLOW_ON)
            return;
    }
    source_done(&stage->source, &stage->end);
}

/* Runs and serves the routine until it waits or ends; true: it has had its turn. */
static bool take_turn(struct lambda_stage *stage)
{
    for (int i = 0; i < ASKS_PER_TURN; i++) {
        if (stage->phase == LAMBDA_ASKS && !lua_lambda_serve(stage))
            return false;
        if (stage->phase == LAMBDA_ENDS) {
            go_to_end(stage);
            return false;
        }
        if (run_routine(stage) == ROUTINE_AGAIN)
            break;
    }
    return true;
}

/* What it starts may end at once and wake it: that must not have it go on without a pause. */
static void lambda_go(struct source *source)
{
    struct lambda_stage *stage = container_of(source, struct lambda_stage, source);
    task_cancel(&stage->piece);
    stage->going = true;
    stage->woken = false;
    bool pauses = take_turn(stage);
    stage->going = false;
    if (pauses)
        loop_in_turn(scope_loop(stage->scope), &stage->piece);
    else if (stage->woken)
        lua_lambda_wake(stage);
}

static void on_piece(struct task *task)
{
    source_again(&container_of(task, struct lambda_stage, piece)->source);
}

static void lambda_stop(struct source *source)
{
    struct lambda_stage *stage = container_of(source, struct lambda_stage, source);
    stage->stopped = true;
    task_cancel(&stage->piece);
    routine_drop(&stage->routine);
    lua_lambda_cancel_legs(stage);
}

static const struct source_ops lambda_source_ops = {lambda_go, lambda_stop};

/* The first slice, at once; true when it was enough. */
static bool run_at_once(struct lambda_stage *stage)
{
    struct sink *out = stage->source.out;
    run_routine(stage);
    if (stage->phase != LAMBDA_ENDS)
        return false;
    json_auto_t *result = stage->result;
    stage->result = NULL;
    if (result)
        (void)sink_push_value(out, result);
    sink_done(out, &stage->end);
    return true;
}

bool lua_lambda_call(struct lambda_stage *stage, json_t *input)
{
    const struct lua_lambda *lambda = stage->lambda;
    const struct routine_setup setup = {.input = input,
                                        .config = stage->config,
                                        .step = lambda->runnable.name,
                                        .run = stage->scope->run,
                                        .emits = lambda->traits.emits};
    stage->routine = routine_new(lambda->box, &setup);
    if (stage->routine)
        return true;
    const struct outcome full =
        outcome_error(LS_INTERNAL, "the lambda's memory is used up by other calls");
    end_with(stage, &full);
    return false;
}

/* The input as a whole; a generator may ask for it as for chunks. */
static void on_input(void *owner, json_t *value, const struct outcome *outcome)
{
    struct lambda_stage *stage = owner;
    bool emits = stage->lambda->traits.emits;
    if (outcome->kind != OUTCOME_WELL) {
        sink_done(stage->source.out, outcome);
        return;
    }
    if (emits)
        intake_fill(&stage->input, value);
    if (!lua_lambda_call(stage, arena_hold_json(stage->scope->arena, value)))
        sink_done(stage->source.out, &stage->end);
    else if (emits || !run_at_once(stage))
        source_start(&stage->source);
}

/* Of an input that comes in chunks: the generator begins with the first, or with the end. */
static void on_chunk(struct intake *intake)
{
    struct lambda_stage *stage = container_of(intake, struct lambda_stage, input);
    if (stage->source.state != SOURCE_IDLE) {
        lua_lambda_wake(stage);
        return;
    }
    (void)lua_lambda_call(stage, NULL); /* how that fails is the stage's end */
    source_start(&stage->source);
}

static void drop_stage(void *ptr)
{
    struct lambda_stage *stage = ptr;
    routine_drop(&stage->routine);
    lua_lambda_free_legs(stage);
    json_decref(stage->config);
    json_decref(stage->result);
    json_decref(stage->outputs);
    failure_fini(&stage->first);
}

static struct sink *lambda_open(const struct runnable *runnable, struct scope *scope,
                                const struct call *call, struct sink *out)
{
    struct lambda_stage *stage = arena_zalloc(scope->arena, sizeof *stage);
    stage->lambda = container_of(runnable, const struct lua_lambda, runnable);
    stage->scope = scope;
    stage->call = call_for_part(call, NULL);
    stage->end = outcome_well;
    list_init(&stage->legs);
    if (stage->lambda->traits.wants_config)
        stage->config = call_config(call, runnable);
    task_init(&stage->piece, on_piece);
    bool in_chunks = stage->lambda->traits.streams && call->streaming;
    if (stage->lambda->traits.emits)
        intake_init(&stage->input, scope, out, on_chunk);
    source_init(&stage->source, &lambda_source_ops, scope, in_chunks ? &stage->input.tail : out);
    arena_defer(scope->arena, drop_stage, stage);
    return in_chunks ? &stage->input.sink : gather_sink(scope, on_input, stage);
}

static void lambda_fini(struct runnable *runnable)
{
    box_free(&container_of(runnable, struct lua_lambda, runnable)->box);
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

/* A generator that takes its input in chunks. */
static const struct runnable_ops transformer_ops = {
    .type = "RunnableGenerator",
    .reads_config = true,
    .step = STEP_CHAIN,
    .trace = TRACE_TRANSFORM,
    .streams = true,
    .open = lambda_open,
    .fini = lambda_fini,
};

struct runnable *lua_lambda_new(struct box *box, const struct lua_lambda_traits *traits)
{
    struct lua_lambda *lambda = mem_zalloc(1, sizeof *lambda);
    runnable_init(&lambda->runnable,
                  traits->streams ? &transformer_ops
                  : traits->emits ? &generator_ops
                                  : &lambda_ops,
                  NULL);
    lambda->box = box;
    lambda->traits = *traits;
    return &lambda->runnable;
}
