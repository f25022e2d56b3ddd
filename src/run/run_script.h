/* For tests of runs: a kind of runnable whose stage is a source that does what a script says. */
#pragma once

#include "run/run_stand.h"

/* What a script does once its input has ended well. */
struct script_plan {
    const char *text;      /* one chunk per letter */
    unsigned per_turn;     /* chunks in one go; 0: all it may */
    int64_t delay;         /* ms before each go */
    int fail_at;           /* fails instead of this chunk, from 1; 0: does not */
    const char *value;     /* ends with this value of its own (JSON), or NULL */
    const char *interrupt; /* ends asking this (JSON), or NULL */
    bool deaf;             /* goes on pushing when it is told FULL, until its go is over */
    bool hasty;            /* asks to be called again before it pushes */
    bool lingers;          /* cannot be stopped: holds its scope for a while */
};

/* What all scripts of a test did. */
struct script_score {
    int opened, began, ended, stopped, dropped, lingering;
};

static struct script_score score;

struct script {
    struct runnable runnable;
    struct script_plan plan;
};

struct script_stage {
    struct source source;
    struct timer timer, linger;
    const struct script_plan *plan;
    struct scope *scope;
    const char *at;
    bool began, over, due; /* over: ended or stopped */
};

static inline void script_end(struct script_stage *stage)
{
    struct outcome outcome = outcome_well;
    const char *text = stage->plan->value ? stage->plan->value : stage->plan->interrupt;
    json_auto_t *value = text ? json_of(text) : NULL;
    outcome.kind = stage->plan->interrupt ? OUTCOME_INTERRUPT : OUTCOME_WELL;
    outcome.value = value;
    stage->over = true;
    score.ended++;
    source_done(&stage->source, &outcome);
}

static inline void script_fail(struct script_stage *stage)
{
    struct outcome outcome = outcome_error(LS_UPSTREAM, "as the script says");
    stage->over = true;
    score.ended++;
    source_done(&stage->source, &outcome);
}

static inline bool script_waits(struct script_stage *stage)
{
    if (stage->plan->delay == 0 || stage->due)
        return false;
    timer_start(&stage->timer, stage->plan->delay);
    return true;
}

static inline void script_go(struct source *source)
{
    struct script_stage *stage = container_of(source, struct script_stage, source);
    const struct script_plan *plan = stage->plan;
    assert_false(stage->over);
    score.began += !stage->began;
    stage->began = true;
    if (script_waits(stage))
        return;
    stage->due = false;
    if (plan->hasty)
        source_again(source);
    for (unsigned i = 0; *stage->at; i++) {
        if (plan->fail_at > 0 && stage->at - plan->text + 1 >= plan->fail_at) {
            script_fail(stage);
            return;
        }
        if (plan->per_turn > 0 && i == plan->per_turn) {
            source_again(source);
            return;
        }
        json_auto_t *letter = json_stringn(stage->at++, 1);
        struct chunk chunk = chunk_adds(letter);
        enum flow flow = source_push(source, &chunk);
        if (flow == FLOW_STOP || (flow == FLOW_FULL && !plan->deaf))
            return;
    }
    script_end(stage);
}

static inline void script_linger_over(struct timer *timer)
{
    score.lingering--;
    scope_rele(container_of(timer, struct script_stage, linger)->scope);
}

static inline void script_stop(struct source *source)
{
    struct script_stage *stage = container_of(source, struct script_stage, source);
    assert_true(stage->began);
    assert_false(stage->over);
    stage->over = true;
    score.stopped++;
    timer_stop(&stage->timer);
    if (!stage->plan->lingers)
        return;
    score.lingering++;
    scope_hold(stage->scope);
    timer_start(&stage->linger, 20);
}

static const struct source_ops script_source_ops = {script_go, script_stop};

static inline void script_on_timer(struct timer *timer)
{
    struct script_stage *stage = container_of(timer, struct script_stage, timer);
    assert_false(stage->over);
    stage->due = true;
    source_again(&stage->source);
}

static inline void script_input(void *owner, json_t *value, const struct outcome *outcome)
{
    (void)value;
    struct script_stage *stage = owner;
    if (outcome->kind == OUTCOME_WELL)
        source_start(&stage->source);
    else
        sink_done(stage->source.out, outcome);
}

/* Runs when the stage's memory goes. */
static inline void script_dropped(void *ptr)
{
    struct script_stage *stage = ptr;
    assert_true(stage->over || !stage->began);
    assert_false(timer_is_running(&stage->timer));
    score.dropped++;
}

static inline struct sink *script_open(const struct runnable *runnable, struct scope *scope,
                                       const struct call *call, struct sink *out)
{
    (void)call;
    struct script_stage *stage = arena_zalloc(scope->arena, sizeof *stage);
    stage->plan = &container_of(runnable, const struct script, runnable)->plan;
    stage->scope = scope;
    stage->at = stage->plan->text;
    source_init(&stage->source, &script_source_ops, scope, out);
    timer_init(&stage->timer, scope_loop(scope), script_on_timer);
    timer_init(&stage->linger, scope_loop(scope), script_linger_over);
    arena_defer(scope->arena, script_dropped, stage);
    score.opened++;
    return gather_sink(scope, script_input, stage);
}

static const struct runnable_ops script_ops = {
    .type = "Script", .step = STEP_LLM, .streams = true, .open = script_open};

static inline struct runnable *script_new(struct script_plan plan)
{
    struct script *script = mem_alloc(sizeof *script);
    runnable_init(&script->runnable, &script_ops, NULL);
    script->plan = plan;
    return &script->runnable;
}

/* Each script that began has ended or was stopped, and all are gone. */
static inline void assert_scripts_over(void)
{
    assert_int_equal(score.began, score.ended + score.stopped);
    assert_int_equal(score.dropped, score.opened);
    assert_int_equal(score.lingering, 0);
}
