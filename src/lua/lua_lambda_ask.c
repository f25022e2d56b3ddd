/* What lambdas ask for: other runnables, each in a scope of its own. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "lua/failure.h"
#include "lua/lua_lambda_internal.h"
#include "run/run.h"
#include "run/scope.h"

enum {
    MOST_AT_ONCE = 100, /* of the runnables of one batch */
    MOST_NESTED = 1000, /* scopes inside each other: an end for lambdas that call themselves */
};

void lua_lambda_wake(struct lambda_stage *stage)
{
    struct source *source = &stage->source;
    if (stage->going)
        stage->woken = true;
    else if (!stage->stopped && !task_is_queued(&stage->piece) &&
             (source->state == SOURCE_ON || source->state == SOURCE_PAUSED))
        source_again(source);
}

/* ---- legs ---- */

static enum flow leg_push(struct sink *sink, const struct chunk *chunk)
{
    struct leg *leg = container_of(sink, struct leg, sink);
    struct lambda_stage *stage = leg->stage;
    if (stage->stopped || stage->phase == LAMBDA_ENDS)
        return FLOW_STOP;
    if (!leg->streams) {
        gather_add(&leg->sum, chunk);
        return FLOW_ON;
    }
    json_array_append(leg->queue, chunk->value);
    lua_lambda_wake(stage);
    return json_array_size(leg->queue) >= LAMBDA_MOST_QUEUED ? run_brake(stage->scope->run, leg)
                                                             : FLOW_ON;
}

static void keep_first(struct lambda_stage *stage, const struct outcome *outcome)
{
    if (stage->refused)
        return;
    stage->refused = true;
    failure_copy(&stage->first, outcome);
}

static void keep_output(struct leg *leg, const struct outcome *outcome)
{
    struct lambda_stage *stage = leg->stage;
    json_t *sum = gather_take(&leg->sum);
    json_t *output = outcome->value ? json_incref(outcome->value) : json_incref(sum);
    json_decref(sum);
    if (stage->outputs)
        json_array_set_new(stage->outputs, leg->index, output ? output : json_null());
    else
        json_decref(output);
}

static void leg_done(struct sink *sink, const struct outcome *outcome)
{
    struct leg *leg = container_of(sink, struct leg, sink);
    struct lambda_stage *stage = leg->stage;
    leg->child = NULL;
    stage->live--;
    stage->running -= !leg->streams;
    if (!stage->stopped && stage->phase != LAMBDA_ENDS) {
        if (outcome->kind == OUTCOME_INTERRUPT || (outcome->kind == OUTCOME_ERROR && !leg->streams))
            keep_first(stage, outcome);
        else if (!leg->streams)
            keep_output(leg, outcome);
        else if (outcome->kind == OUTCOME_ERROR) {
            leg->failed = true;
            failure_copy(&leg->failure, outcome);
        }
    }
    lua_lambda_wake(stage);
}

static const struct sink_ops leg_ops = {leg_push, leg_done};

static void leg_free(struct leg *leg)
{
    list_remove(&leg->link);
    gather_fini(&leg->sum);
    failure_fini(&leg->failure);
    json_decref(leg->queue);
    free(leg);
}

void lua_lambda_cancel_legs(struct lambda_stage *stage)
{
    for (struct link *l = stage->legs.next; l != &stage->legs; l = l->next) {
        struct leg *leg = container_of(l, struct leg, link);
        if (leg->child)
            scope_cancel(leg->child, LS_CANCELLED);
    }
}

void lua_lambda_free_legs(struct lambda_stage *stage)
{
    struct link *first;
    while ((first = list_take_first(&stage->legs)))
        leg_free(container_of(first, struct leg, link));
}

static bool is_too_deep(const struct scope *scope)
{
    int depth = 0;
    while ((scope = scope->parent))
        depth++;
    return depth >= MOST_NESTED;
}

/* The runnable called `name`; NULL, and why, when it cannot be started. */
static const struct runnable *find_runnable(struct lambda_stage *stage, const char *name)
{
    const struct runnable *runnable = run_find(stage->scope->run, name);
    bool deep = is_too_deep(stage->scope);
    char why[200];
    if (runnable && !deep)
        return runnable;
    snprintf(why, sizeof why,
             deep ? "runs are nested too deeply at '%.100s'"
                  : "there is no chain or model '%.100s'",
             name);
    struct outcome outcome = outcome_error(deep ? LS_INTERNAL : LS_BAD_CONFIG, why);
    keep_first(stage, &outcome);
    return NULL;
}

/* Starts the runnable called `name`; NULL when it cannot be, which is kept. */
static struct leg *leg_open(struct lambda_stage *stage, const char *name, json_t *input,
                            struct leg setup)
{
    const struct runnable *runnable = find_runnable(stage, name);
    if (!runnable)
        return NULL;
    struct leg *leg = mem_alloc(sizeof *leg);
    struct call call = stage->call;
    *leg = setup;
    leg->stage = stage;
    leg->queue = leg->streams ? json_array() : NULL;
    call.streaming = leg->streams;
    gather_init(&leg->sum);
    list_append(&stage->legs, &leg->link);
    sink_init(&leg->sink, &leg_ops, stage->scope);
    stage->live++;
    stage->running += !leg->streams;
    struct sink *in = scope_open(stage->scope, runnable, &call, &leg->sink, &leg->child);
    (void)sink_push_value(in, input);
    sink_done(in, &outcome_well);
    return leg;
}

/* ---- several at once ---- */

static size_t most_at_once(const struct lambda_stage *stage)
{
    json_t *most = json_object_get(stage->call.config, "max_concurrency");
    json_int_t n = json_integer_value(most);
    return n > 0 && n < MOST_AT_ONCE ? (size_t)n : MOST_AT_ONCE;
}

static void cancel_ran(struct lambda_stage *stage)
{
    for (struct link *l = stage->legs.next; l != &stage->legs; l = l->next) {
        struct leg *leg = container_of(l, struct leg, link);
        if (leg->child && !leg->streams)
            scope_cancel(leg->child, LS_CANCELLED);
    }
}

static void free_ended(struct lambda_stage *stage)
{
    struct link kept, *first;
    list_init(&kept);
    while ((first = list_take_first(&stage->legs))) {
        struct leg *leg = container_of(first, struct leg, link);
        if (leg->child || leg->streams)
            list_append(&kept, &leg->link);
        else
            leg_free(leg);
    }
    list_append_all(&stage->legs, &kept);
}

static void start_more(struct lambda_stage *stage, const struct ask *ask)
{
    size_t total = json_array_size(ask->inputs);
    while (stage->next < total && stage->running < most_at_once(stage) && !stage->refused) {
        size_t index = stage->next++;
        json_array_append_new(stage->outputs, json_null()); /* its place */
        (void)leg_open(stage, json_string_value(json_array_get(ask->names, index)),
                       json_array_get(ask->inputs, index), (struct leg){.index = index});
    }
}

/* Hands what was kept of the first failure to the lambda; an interrupt ends it. */
static bool refuse(struct lambda_stage *stage)
{
    struct outcome first = stage->first;
    stage->refused = false;
    stage->first = (struct outcome){0};
    if (first.kind == OUTCOME_INTERRUPT) {
        stage->phase = LAMBDA_ENDS;
        stage->end = outcome_keep(stage->scope->arena, &first);
        routine_drop(&stage->routine);
    } else {
        routine_refuse(stage->routine, &first);
        stage->phase = LAMBDA_RUNS;
    }
    failure_fini(&first);
    return true;
}

static bool answer(struct lambda_stage *stage, json_t *value)
{
    routine_answer(stage->routine, value);
    stage->phase = LAMBDA_RUNS;
    return true;
}

static bool serve_run(struct lambda_stage *stage, const struct ask *ask)
{
    if (!stage->outputs) {
        stage->outputs = json_array();
        stage->next = 0;
    }
    start_more(stage, ask);
    if (stage->refused)
        cancel_ran(stage);
    free_ended(stage);
    if (stage->running > 0)
        return false;
    json_t *outputs = stage->outputs;
    bool refused = stage->refused;
    if (!refused && stage->next < json_array_size(ask->inputs))
        return false; /* what was started has ended at once; the next turn starts more */
    stage->outputs = NULL;
    if (!refused)
        return answer(stage, outputs);
    json_decref(outputs);
    return refuse(stage);
}

/* ---- streams ---- */

static struct leg *find_stream(struct lambda_stage *stage, json_int_t number)
{
    for (struct link *l = stage->legs.next; l != &stage->legs; l = l->next) {
        struct leg *leg = container_of(l, struct leg, link);
        if (leg->streams && leg->number == number)
            return leg;
    }
    return NULL;
}

static bool serve_open(struct lambda_stage *stage, const struct ask *ask)
{
    json_int_t number = ++stage->streams;
    const struct leg *leg =
        leg_open(stage, json_string_value(json_array_get(ask->names, 0)),
                 json_array_get(ask->inputs, 0), (struct leg){.streams = true, .number = number});
    return leg ? answer(stage, json_integer(number)) : refuse(stage);
}

/* The answer to who asks for a chunk: this one (its reference is taken over). */
static bool give(struct lambda_stage *stage, json_t *chunk)
{
    return answer(stage, json_pack("[o]", chunk));
}

/* The first of a stream's queue, which has braked it when it was full. */
static json_t *take_first(struct leg *leg)
{
    json_t *chunk = json_incref(json_array_get(leg->queue, 0));
    json_array_remove(leg->queue, 0);
    if (json_array_size(leg->queue) == 0)
        run_release(leg->stage->scope->run, leg);
    return chunk;
}

/* The input's next chunk.  One that has failed ends the generator here. */
static bool serve_input(struct lambda_stage *stage)
{
    json_t *chunk = intake_take(&stage->input);
    if (chunk)
        return give(stage, chunk);
    if (!stage->input.ended)
        return false;
    if (stage->input.end.kind == OUTCOME_WELL)
        return answer(stage, json_array());
    stage->phase = LAMBDA_ENDS;
    stage->end = stage->input.end;
    routine_drop(&stage->routine);
    return true;
}

static bool serve_next(struct lambda_stage *stage, const struct ask *ask)
{
    struct leg *leg = find_stream(stage, ask->stream);
    if (stage->refused)
        return refuse(stage); /* a stream was interrupted */
    if (ask->stream == ASK_INPUT)
        return serve_input(stage);
    if (!leg)
        return answer(stage, json_array()); /* it has ended, and was told so */
    if (json_array_size(leg->queue) > 0)
        return give(stage, take_first(leg));
    if (leg->child)
        return false;
    if (leg->failed)
        keep_first(stage, &leg->failure);
    leg_free(leg);
    return stage->refused ? refuse(stage) : answer(stage, json_array());
}

static bool serve_emit(struct lambda_stage *stage, const struct ask *ask)
{
    json_auto_t *value = json_incref(ask->chunk);
    struct chunk chunk = chunk_adds(value);
    stage->gave = true;
    answer(stage, json_null());
    return source_push(&stage->source, &chunk) == FLOW_ON;
}

bool lua_lambda_serve(struct lambda_stage *stage)
{
    const struct ask *ask = routine_ask(stage->routine);
    switch (ask->kind) {
    case ASK_RUN: return serve_run(stage, ask);
    case ASK_OPEN: return serve_open(stage, ask);
    case ASK_NEXT: return serve_next(stage, ask);
    case ASK_EMIT: return serve_emit(stage, ask);
    }
    return false;
}
