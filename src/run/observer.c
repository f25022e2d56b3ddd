/* Design: an observed stage stands between two sinks, one before it and one behind it, that tell
 * the observers what passes.  They gather only what somebody wants to have whole. */
#include "run/observer.h"

#include "base/clock.h"
#include "base/list.h"
#include "run/gather.h"
#include "run/run.h"
#include "run/scope.h"

/* What one observer wants of the step. */
struct listener {
    struct observer *observer;
    unsigned wants;
};

struct observed {
    struct step step;
    struct sink in, out;
    struct sink *inner, *next;
    struct listener *listeners;
    unsigned count, wants; /* `wants`: of all listeners together */
    struct gather input, output;
    bool started;
};

static void step_init(struct step *step, const struct runnable *runnable, struct scope *scope,
                      const struct call *call)
{
    step->id = call_run_id(call);
    step->parent = call->parent;
    step->runnable = runnable;
    const char *own = runnable->ops->traced ? runnable->ops->traced : runnable->name;
    step->name = call->name ? call->name : own;
    step->tags = arena_give_json(scope->arena, call_join_tags(call->tags, runnable->tags));
    step->metadata =
        arena_give_json(scope->arena, call_join_metadata(call->metadata, runnable->metadata));
    step->began_us = clock_wall_us();
    if (call->tag) {
        step->tags = arena_give_json(scope->arena, json_copy(step->tags));
        json_array_insert_new(step->tags, 0, json_string(call->tag));
    }
}

static void ask_listeners(struct observed *observed, struct scope *scope)
{
    unsigned count = 0;
    for (struct observer *o = scope->run->observers; o; o = o->next)
        count++;
    observed->listeners = arena_zalloc(scope->arena, count * sizeof *observed->listeners);
    for (struct observer *o = scope->run->observers; o; o = o->next) {
        unsigned wants = o->ops->wants(o, &observed->step);
        if (wants == WANTS_NOTHING)
            continue;
        observed->listeners[observed->count++] = (struct listener){o, wants};
        observed->wants |= wants;
    }
}

static void tell_start(struct observed *observed, json_t *first)
{
    if (observed->started)
        return;
    observed->started = true;
    for (unsigned i = 0; i < observed->count; i++) {
        struct listener *l = &observed->listeners[i];
        if (l->wants & WANTS_START)
            l->observer->ops->start(l->observer, &observed->step, first);
    }
}

static enum flow in_push(struct sink *sink, const struct chunk *chunk)
{
    struct observed *observed = container_of(sink, struct observed, in);
    tell_start(observed, chunk->value);
    if (observed->wants & WANTS_INPUT)
        gather_add(&observed->input, chunk);
    return sink_push(observed->inner, chunk);
}

/* A step whose input failed before any of it came has never begun. */
static void in_done(struct sink *sink, const struct outcome *outcome)
{
    struct observed *observed = container_of(sink, struct observed, in);
    if (outcome->kind == OUTCOME_WELL)
        tell_start(observed, NULL);
    sink_done(observed->inner, outcome);
}

static enum flow out_push(struct sink *sink, const struct chunk *chunk)
{
    struct observed *observed = container_of(sink, struct observed, out);
    for (unsigned i = 0; i < observed->count; i++) {
        struct listener *l = &observed->listeners[i];
        if (l->wants & WANTS_CHUNKS)
            l->observer->ops->chunk(l->observer, &observed->step, chunk);
    }
    if (observed->wants & WANTS_OUTPUT)
        gather_add(&observed->output, chunk);
    return sink_push(observed->next, chunk);
}

static void tell_end(struct observed *observed, const struct outcome *outcome)
{
    json_auto_t *input = gather_take(&observed->input);
    json_auto_t *sum = gather_take(&observed->output);
    json_t *output = outcome->kind == OUTCOME_WELL && outcome->value ? outcome->value : sum;
    for (unsigned i = 0; i < observed->count; i++) {
        struct listener *l = &observed->listeners[i];
        if (l->wants & WANTS_END)
            l->observer->ops->end(l->observer, &observed->step, outcome,
                                  l->wants & WANTS_INPUT ? input : NULL,
                                  l->wants & WANTS_OUTPUT ? output : NULL);
    }
}

static void out_done(struct sink *sink, const struct outcome *outcome)
{
    struct observed *observed = container_of(sink, struct observed, out);
    if (observed->started)
        tell_end(observed, outcome);
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
    struct call inner = *call;
    inner.name = NULL;
    inner.run_id = &observed->step.id;
    inner.parent = &observed->step;
    inner.tags = arena_give_json(scope->arena, call_join_tags(call->tags, runnable->tags));
    inner.metadata = observed->step.metadata;
    observed->inner = runnable->ops->open(runnable, scope, &inner, &observed->out);
    return &observed->in;
}
