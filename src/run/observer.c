/* Design: an observed stage stands between two sinks, one before it and one behind it, that tell
 * the observers what passes.  They gather only what somebody wants to have whole.
 * As in LangChain, a step that takes its input whole begins when all of it is there, one that
 * gives its output whole has ended before the next one starts, and a model streams for a listener that wants its chunks even where nobody else does. */
#include "run/observer.h"

#include "base/clock.h"
#include "base/list.h"
#include "run/gather.h"
#include "run/message.h"
#include "run/run.h"
#include "run/scope.h"

struct observed {
    struct step step;
    struct step_tags tags;
    struct sink in, out;
    struct sink *inner, *next;
    struct listener *listeners;
    unsigned count, wants; /* `wants`: of all listeners together */
    struct gather input, output;
    bool started;
    bool whole_input; /* the step begins once all of its input is there */
    bool holds;       /* what comes next is given the whole output, once the end was told */
};

static bool is_model(const struct runnable *runnable)
{
    return runnable->ops->step == STEP_CHAT_MODEL || runnable->ops->step == STEP_LLM;
}

static void step_init(struct step *step, const struct runnable *runnable, struct scope *scope,
                      const struct call *call)
{
    step->id = call_run_id(call);
    step->parent = call->parent;
    step->runnable = runnable;
    const char *own = runnable->ops->traced ? runnable->ops->traced : runnable->name;
    step->name = call->name ? call->name : own;
    *step->tags = (struct step_tags){call->tag, call->tags, runnable->tags, NULL};
    step->metadata =
        arena_give_json(scope->arena, call_join_metadata(call->metadata, runnable->metadata));
    step->given_metadata = step->metadata;
    if (runnable->ops->trace_metadata) {
        json_auto_t *more =
            runnable_trace_metadata(runnable, call->parent ? step->name : runnable->name,
                                    call->kwargs);
        step->metadata = arena_give_json(scope->arena, call_join_metadata(step->metadata, more));
    }
    step->began_us = clock_wall_us();
    step->arena = scope->arena;
    step->streaming = call->streaming;
    if (runnable->ops->step == STEP_LLM)
        step->llm_output = arena_zalloc(scope->arena, sizeof *step->llm_output);
}

json_t *step_tags(const struct step *step)
{
    struct step_tags *tags = step->tags;
    if (tags->all)
        return tags->all;
    tags->all = arena_give_json(step->arena, call_join_tags(tags->inherited, tags->own));
    if (tags->place) {
        tags->all = arena_give_json(step->arena, json_copy(tags->all));
        json_array_insert_new(tags->all, 0, json_string(tags->place));
    }
    return tags->all;
}

static void ask_listeners(struct observed *observed, struct scope *scope)
{
    unsigned count = 0;
    for (struct observer *o = scope->run->observers; o; o = o->next)
        count++;
    observed->listeners = arena_zalloc(scope->arena, count * sizeof *observed->listeners);
    for (struct observer *o = scope->run->observers; o; o = o->next) {
        struct listener *l = &observed->listeners[observed->count];
        *l = (struct listener){.observer = o, .step = &observed->step};
        l->wants = o->ops->wants(l);
        observed->wants |= l->wants;
        observed->count += l->wants != WANTS_NOTHING;
    }
}

int64_t step_now_us(const struct step *step)
{
    return step->started_us + clock_steady_us() - step->steady_us;
}

/* Steps are put in order by when they began: no two of a run began at once, nor in another order
 * than theirs, however coarse the clock and whoever sets it. */
static int64_t next_start(struct run *run)
{
    int64_t now = clock_wall_us();
    run->last_start_us = now > run->last_start_us ? now : run->last_start_us + 1;
    return run->last_start_us;
}

static void tell_start(struct observed *observed, json_t *first)
{
    if (observed->started)
        return;
    observed->started = true;
    observed->step.started_us = next_start(observed->in.scope->run);
    observed->step.steady_us = clock_steady_us();
    for (unsigned i = 0; i < observed->count; i++) {
        struct listener *l = &observed->listeners[i];
        if (l->wants & WANTS_START)
            l->observer->ops->start(l, first);
    }
}

static enum flow in_push(struct sink *sink, const struct chunk *chunk)
{
    struct observed *observed = container_of(sink, struct observed, in);
    if (observed->whole_input || (observed->wants & WANTS_INPUT))
        gather_add(&observed->input, chunk);
    if (observed->whole_input)
        return FLOW_ON;
    tell_start(observed, chunk->value);
    return sink_push(observed->inner, chunk);
}

/* A step whose input failed before it could begin has never begun. */
static void in_done(struct sink *sink, const struct outcome *outcome)
{
    struct observed *observed = container_of(sink, struct observed, in);
    if (outcome->kind != OUTCOME_WELL) {
        sink_done(observed->inner, outcome);
        return;
    }
    json_auto_t *sum = observed->whole_input ? gather_peek(&observed->input) : NULL;
    tell_start(observed, outcome->value ? outcome->value : sum);
    if (sum)
        (void)sink_push_value(observed->inner, sum);
    sink_done(observed->inner, outcome);
}

/* FULL when some listener wants the run to slow down. */
static enum flow tell_chunk(struct observed *observed, const struct chunk *chunk)
{
    enum flow told = FLOW_ON;
    for (unsigned i = 0; i < observed->count; i++) {
        struct listener *l = &observed->listeners[i];
        if ((l->wants & WANTS_CHUNKS) && l->observer->ops->chunk(l, chunk) == FLOW_FULL)
            told = FLOW_FULL;
    }
    return told;
}

static enum flow out_push(struct sink *sink, const struct chunk *chunk)
{
    struct observed *observed = container_of(sink, struct observed, out);
    enum flow told = tell_chunk(observed, chunk);
    bool counts = !is_model(observed->step.runnable) || !message_is_end_mark(chunk->value);
    if (((observed->wants & WANTS_OUTPUT) || observed->holds) && counts)
        gather_add(&observed->output, chunk);
    if (observed->holds)
        return told;
    enum flow flow = sink_push(observed->next, chunk);
    return flow == FLOW_ON ? told : flow;
}

static void tell_end(struct observed *observed, const struct outcome *outcome, json_t *output)
{
    json_auto_t *input = gather_take(&observed->input);
    for (unsigned i = 0; i < observed->count; i++) {
        struct listener *l = &observed->listeners[i];
        if (l->wants & WANTS_END)
            l->observer->ops->end(l, outcome, l->wants & WANTS_INPUT ? input : NULL,
                                  l->wants & WANTS_OUTPUT ? output : NULL);
    }
}

/* What was gathered (new reference), or NULL; of a model that streamed only for its listeners the
 * whole message. */
static json_t *take_output(struct observed *observed)
{
    json_t *sum = gather_take(&observed->output);
    if (!sum || !observed->holds || !is_model(observed->step.runnable))
        return sum;
    json_t *whole = message_whole(sum);
    json_decref(sum);
    return whole;
}

static void out_done(struct sink *sink, const struct outcome *outcome)
{
    struct observed *observed = container_of(sink, struct observed, out);
    bool well = outcome->kind == OUTCOME_WELL;
    json_auto_t *sum = take_output(observed);
    if (observed->started)
        tell_end(observed, outcome, well && outcome->value ? outcome->value : sum);
    if (observed->holds && well && sum)
        (void)sink_push_value(observed->next, sum);
    sink_done(observed->next, outcome);
}

static const struct sink_ops in_ops = {in_push, in_done};
static const struct sink_ops out_ops = {out_push, out_done};

static void drop_gathered(void *ptr)
{
    gather_fini(ptr);
}

static struct observed *observed_new(const struct runnable *runnable, struct scope *scope,
                                     const struct call *call, struct sink *out)
{
    struct observed *observed = arena_zalloc(scope->arena, sizeof *observed);
    observed->step.tags = &observed->tags;
    step_init(&observed->step, runnable, scope, call);
    ask_listeners(observed, scope);
    gather_init(&observed->input);
    gather_init(&observed->output);
    arena_defer(scope->arena, drop_gathered, &observed->input);
    arena_defer(scope->arena, drop_gathered, &observed->output);
    sink_init(&observed->in, &in_ops, scope);
    sink_init(&observed->out, &out_ops, scope);
    observed->next = out;
    return observed;
}

struct sink *observed_open(const struct runnable *runnable, struct scope *scope,
                           const struct call *call, struct sink *out)
{
    if (runnable->ops->unseen || (runnable->ops->unseen_streaming && call->streaming))
        return runnable->ops->open(runnable, scope, call, out);
    struct observed *observed = observed_new(runnable, scope, call, out);
    bool model = is_model(runnable), streams = runnable->ops->streams;
    enum trace_style trace = runnable->ops->trace;
    observed->whole_input = !call->streaming || (trace != TRACE_TRANSFORM && (model || !streams));
    observed->holds = !call->streaming || (trace == TRACE_WHOLE && !streams);
    struct call inner = *call;
    inner.streaming = call->streaming || (model && (observed->wants & WANTS_CHUNKS));
    inner.name = NULL;
    inner.run_id = &observed->step.id;
    inner.parent = &observed->step;
    if (runnable->tags)
        inner.tags = arena_give_json(scope->arena, call_join_tags(call->tags, runnable->tags));
    inner.metadata = observed->step.metadata;
    observed->inner = runnable->ops->open(runnable, scope, &inner, &observed->out);
    return &observed->in;
}
