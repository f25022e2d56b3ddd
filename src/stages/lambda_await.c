/* The functions of langserved/lambda.h that belong to the loop's thread: waiting for another
 * runnable, taking and pushing chunks. */
#include "run/gather.h"
#include "run/run.h"
#include "stages/lambda_call.h"

enum {
    MOST_NESTED = 200, /* scopes inside each other; deeper, calls await without end */
    MOST_A_TURN = 64,  /* chunks of a generator before others have their turn */
};

/* One runnable that a call waits for; in the arena of the stage's scope. */
struct await {
    struct link link; /* among the stage's */
    struct ls_call *call;
    struct scope *child; /* NULL once it has ended */
    struct sink *in;
    struct task start;
    json_t *input;
    ls_awaited *fn;
    void *owner;
};

static void on_awaited(void *owner, json_t *value, const struct outcome *outcome)
{
    struct await *await = owner;
    struct ls_call *call = await->call;
    bool well = outcome->kind == OUTCOME_WELL;
    json_auto_t *output = well && !value ? json_null() : json_incref(well ? value : NULL);
    const ls_result result = {
        .err = outcome->kind == OUTCOME_INTERRUPT ? LS_INTERNAL : outcome->err,
        .output = output,
        .message = well ? NULL : outcome_message(outcome),
        .whole = outcome,
    };
    list_remove(&await->link);
    await->child = NULL;
    if (lambda_call_enter(call)) {
        await->fn(call, &result, await->owner);
        lambda_call_leave(call);
    }
    lambda_call_rele(call);
}

/* On a clean stack, so that calls that await each other do not pile up. */
static void on_start(struct task *task)
{
    struct await *await = container_of(task, struct await, start);
    (void)sink_push_value(await->in, await->input);
    sink_done(await->in, &outcome_well);
}

static bool too_deep(const struct scope *scope)
{
    unsigned depth = 0;
    for (; scope && depth <= MOST_NESTED; scope = scope->parent)
        depth++;
    return depth > MOST_NESTED;
}

static void begin(struct lambda_stage *stage, const struct runnable *runnable, struct await *await)
{
    struct call part = call_for_part(&stage->call, NULL);
    part.streaming = false;
    list_init(&await->link);
    list_append(&stage->awaits, &await->link);
    await->in = scope_open(stage->scope, runnable, &part,
                           gather_sink(stage->scope, on_awaited, await), &await->child);
    task_init(&await->start, on_start);
    loop_soon(scope_loop(stage->scope), &await->start);
}

enum ls_err ls_await(ls_call *call, const char *name, json_t *input, ls_awaited *fn, void *owner)
{
    struct lambda_stage *stage = call->stage;
    if (!call->mailbox)
        return ls_error(call, LS_INTERNAL, "only asynchronous calls and generators can wait");
    if (!stage || ls_is_cancelled(call) || scope_is_cancelled(stage->scope))
        return ls_error(call, LS_CANCELLED, NULL);
    const struct runnable *runnable = run_find(stage->scope->run, name);
    if (!runnable)
        return ls_error(call, LS_NOT_FOUND, "no chain or model has the name '%s'", name);
    if (too_deep(stage->scope))
        return ls_error(call, LS_TOO_BIG, "lambdas await each other more than %d deep",
                        MOST_NESTED);
    struct arena *arena = stage->scope->arena;
    struct await *await = arena_zalloc(arena, sizeof *await);
    await->call = lambda_call_hold(call);
    await->input = input ? arena_hold_json(arena, input) : arena_give_json(arena, json_null());
    await->fn = fn;
    await->owner = owner;
    begin(stage, runnable, await);
    return LS_OK;
}

void ls_hand_on(ls_call *call, const ls_result *result)
{
    const struct outcome *outcome = result->whole;
    if (call->stage && outcome->kind != OUTCOME_WELL)
        call->stage->handed = outcome_keep(call->stage->scope->arena, outcome);
    if (result->err)
        ls_fail(call, result->err, "%s", result->message);
    else
        ls_answer(call, json_incref(result->output));
}

void lambda_cancel_awaits(struct lambda_stage *stage)
{
    for (struct link *item; (item = list_take_first(&stage->awaits));) {
        struct await *await = container_of(item, struct await, link);
        if (await->child)
            scope_cancel(await->child, LS_CANCELLED);
    }
}

enum ls_flow ls_push(ls_call *call, json_t *chunk)
{
    _Static_assert((int)LS_FLOW_ON == (int)FLOW_ON && (int)LS_FLOW_FULL == (int)FLOW_FULL &&
                       (int)LS_FLOW_STOP == (int)FLOW_STOP,
                   "the two enums have the same order");
    json_auto_t *value = chunk ? chunk : json_null();
    struct chunk adds = chunk_adds(value);
    struct lambda_stage *stage = call->stage;
    if (!stage || call->ended)
        return LS_FLOW_STOP;
    stage->gave = true;
    enum flow flow = source_push(&stage->source, &adds);
    if (flow != FLOW_ON || ++stage->pushed < MOST_A_TURN)
        return (enum ls_flow)flow;
    source_again(&stage->source);
    return LS_FLOW_FULL;
}

enum ls_input ls_take(ls_call *call, json_t **chunk)
{
    struct lambda_stage *stage = call->stage;
    *chunk = NULL;
    if (!stage || call->ended || call->code->form != LAMBDA_TRANSFORM)
        return LS_INPUT_END;
    *chunk = intake_take(&stage->intake);
    if (*chunk)
        return LS_INPUT_CHUNK;
    if (!stage->intake.ended)
        return LS_INPUT_LATER;
    if (stage->intake.end.kind == OUTCOME_WELL)
        return LS_INPUT_END;
    ls_end(call); /* its outcome is the input's */
    return LS_INPUT_LATER;
}
