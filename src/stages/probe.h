/* For tests of stages: a runnable that remembers how it was called, and does what its plan says. */
#pragma once

#include "stages/attempt.h"
#include "stages/stage_trees.h"

struct probe_plan {
    int fails;         /* that many runs fail first; -1: all */
    enum ls_err err;   /* how; LS_OK: LS_UPSTREAM */
    const char *first; /* a chunk (JSON) that goes out before the run ends or fails, or NULL */
    int64_t delay;     /* ms before the end */
    bool asks;         /* ends with an interrupt */
};

struct probe {
    struct runnable runnable;
    struct probe_plan plan;
    int runs, under_way, most; /* most: at once */
    json_t *calls; /* list of {at, input, kwargs, config, tags, tag, metadata, name, streaming} */
};

struct probe_stage {
    struct source source;
    struct timer timer;
    struct probe *probe;
    struct call call;
    json_t *input;
    int number; /* of the run, from 1 */
    bool waited;
};

static inline void probe_end(struct probe_stage *stage)
{
    struct probe *probe = stage->probe;
    const struct probe_plan *plan = &probe->plan;
    bool fails = plan->fails < 0 || stage->number <= plan->fails;
    struct outcome outcome = outcome_error(plan->err ? plan->err : LS_UPSTREAM, "as planned");
    json_auto_t *first = plan->first ? json_of(plan->first) : NULL;
    struct chunk chunk = chunk_adds(fails ? first : stage->input);
    probe->under_way--;
    if (chunk.value)
        source_push(&stage->source, &chunk);
    if (plan->asks)
        outcome = (struct outcome){.kind = OUTCOME_INTERRUPT, .value = stage->input};
    source_done(&stage->source, fails ? &outcome : &outcome_well);
}

static inline void probe_go(struct source *source)
{
    struct probe_stage *stage = container_of(source, struct probe_stage, source);
    if (stage->probe->plan.delay == 0 || stage->waited)
        probe_end(stage);
    else
        timer_start(&stage->timer, stage->probe->plan.delay);
}

static inline void probe_stop(struct source *source)
{
    struct probe_stage *stage = container_of(source, struct probe_stage, source);
    stage->probe->under_way--;
    timer_stop(&stage->timer);
}

static const struct source_ops probe_source_ops = {probe_go, probe_stop};

static inline void probe_on_timer(struct timer *timer)
{
    struct probe_stage *stage = container_of(timer, struct probe_stage, timer);
    stage->waited = true;
    source_again(&stage->source);
}

static inline void probe_input(void *owner, json_t *value, const struct outcome *outcome)
{
    struct probe_stage *stage = owner;
    struct probe *probe = stage->probe;
    const struct call *call = &stage->call;
    if (outcome->kind != OUTCOME_WELL) {
        sink_done(stage->source.out, outcome);
        return;
    }
    stage->input = arena_hold_json(stage->source.scope->arena, value);
    stage->number = ++probe->runs;
    if (++probe->under_way > probe->most)
        probe->most = probe->under_way;
    json_array_append_new(probe->calls,
                          json_pack("{s:I,s:O?,s:O?,s:O?,s:O?,s:s?,s:O?,s:s?,s:b}", "at",
                                    (json_int_t)loop_now(scope_loop(stage->source.scope)), "input",
                                    value, "kwargs", call->kwargs, "config", call->config, "tags",
                                    call->tags, "tag", call->tag, "metadata", call->metadata,
                                    "name", call->name, "streaming", call->streaming));
    source_start(&stage->source);
}

static inline struct sink *probe_open(const struct runnable *runnable, struct scope *scope,
                                      const struct call *call, struct sink *out)
{
    struct probe_stage *stage = arena_zalloc(scope->arena, sizeof *stage);
    stage->probe = (struct probe *)container_of(runnable, const struct probe, runnable);
    stage->call = *call;
    source_init(&stage->source, &probe_source_ops, scope, out);
    timer_init(&stage->timer, scope_loop(scope), probe_on_timer);
    return gather_sink(scope, probe_input, stage);
}

static inline void probe_fini(struct runnable *runnable)
{
    json_decref(container_of(runnable, struct probe, runnable)->calls);
}

static const struct runnable_ops probe_ops = {.type = "Probe",
                                              .open = probe_open,
                                              .fini = probe_fini};

static inline struct probe *probe_new(struct probe_plan plan)
{
    struct probe *probe = mem_zalloc(1, sizeof *probe);
    runnable_init(&probe->runnable, &probe_ops, NULL);
    probe->plan = plan;
    probe->calls = json_array();
    return probe;
}

/* A member of the i-th call must be what `text` spells. */
static inline void assert_call(const struct probe *probe, size_t i, const char *key,
                               const char *text)
{
    assert_json(json_object_get(json_array_get(probe->calls, i), key), text);
}

/* Plays `tree` on one input (JSON). */
static inline void play_on(struct stand *stand, const struct runnable *tree, const char *input,
                           bool streaming)
{
    json_auto_t *value = json_of(input);
    json_auto_t *inputs = json_pack("[O]", value);
    stand_play(stand, &(struct play){.tree = tree, .inputs = inputs, .streaming = streaming});
}

/* It must have ended well, with this value. */
static inline void assert_gave(const struct stand *stand, const char *value)
{
    assert_int_equal(stand->out.kind, OUTCOME_WELL);
    assert_json(stand->out.value, value);
}

/* It must have failed, with this error. */
static inline void assert_failed(const struct stand *stand, enum ls_err err)
{
    assert_int_equal(stand->out.kind, OUTCOME_ERROR);
    assert_int_equal(stand->out.err, err);
}
