/* Design: a source that pushes nothing, because sources are what a cancelled scope ends. */
#include "stages/later.h"

static void on_timer(struct timer *timer)
{
    source_done(&container_of(timer, struct later, timer)->source, &outcome_well);
}

static void later_go(struct source *source)
{
    struct later *later = container_of(source, struct later, source);
    if (later->ms > 0)
        timer_start(&later->timer, later->ms);
    else
        source_done(source, &outcome_well);
}

static void later_stop(struct source *source)
{
    timer_stop(&container_of(source, struct later, source)->timer);
}

static const struct source_ops source_ops = {later_go, later_stop};

static enum flow no_push(struct sink *sink, const struct chunk *chunk)
{
    (void)sink, (void)chunk;
    return FLOW_STOP;
}

static void on_done(struct sink *sink, const struct outcome *outcome)
{
    struct later *later = container_of(sink, struct later, sink);
    later->fn(later->owner, outcome);
}

static const struct sink_ops sink_ops = {no_push, on_done};

void later_init(struct later *later, struct scope *scope, later_fn *fn, void *owner)
{
    later->scope = scope;
    later->fn = fn;
    later->owner = owner;
    timer_init(&later->timer, scope_loop(scope), on_timer);
}

void later_start(struct later *later, int64_t ms)
{
    later->ms = ms;
    sink_init(&later->sink, &sink_ops, later->scope);
    source_init(&later->source, &source_ops, later->scope, &later->sink);
    source_start(&later->source);
}
