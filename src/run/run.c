#include "run/run.h"

#include "base/clock.h"
#include "base/money.h"
#include "run/source.h"

/* Has the sources go on that `who` paused. */
static void resume_sources(struct run *run, const void *who)
{
    for (struct link *l = run->paused.next, *next; l != &run->paused; l = next) {
        struct source *source = container_of(l, struct source, paused);
        next = l->next;
        if (source->brake == who)
            source_resume(source);
    }
}

static void on_resume(struct task *task)
{
    resume_sources(container_of(task, struct run, resume), NULL);
}

struct run *run_new(struct loop *loop, const struct uuid *id)
{
    struct arena *arena = arena_new(4096);
    struct run *run = arena_zalloc(arena, sizeof *run);
    run->loop = loop;
    run->id = id ? *id : uuid_new();
    run->tally.began_us = clock_steady_us();
    list_init(&run->paused);
    task_init(&run->resume, on_resume);
    scope_init(&run->root, run, NULL, arena);
    return run;
}

struct arena *run_arena(struct run *run)
{
    return run->root.arena;
}

void tally_add(struct tally *sum, const struct tally *one)
{
    sum->input_tokens += one->input_tokens;
    sum->output_tokens += one->output_tokens;
    sum->cost = money_add(sum->cost, one->cost);
    sum->priced |= one->priced;
    if (one->cache != CACHE_UNUSED && sum->cache != CACHE_MISS)
        sum->cache = one->cache;
}

void run_wait_begin(struct run *run)
{
    if (run->tally.waits++ == 0)
        run->tally.waits_since_us = clock_steady_us();
}

void run_wait_end(struct run *run)
{
    if (--run->tally.waits == 0)
        run->tally.waited_us += clock_steady_us() - run->tally.waits_since_us;
}

int64_t run_waited_us(const struct run *run)
{
    const struct tally *tally = &run->tally;
    return tally->waited_us + (tally->waits > 0 ? clock_steady_us() - tally->waits_since_us : 0);
}

void run_observe(struct run *run, struct observer *observer)
{
    observer->next = run->observers;
    run->observers = observer;
}

const struct trace_context *run_trace(struct run *run)
{
    if (!*run->trace.trace_id)
        trace_context_begin(&run->trace);
    return &run->trace;
}

void run_set_trace(struct run *run, const struct trace_context *trace)
{
    if (!trace)
        return;
    run->trace = *trace;
    run->trace.state = arena_strdup(run_arena(run), trace->state);
}

struct sink *run_open(struct run *run, const struct runnable *runnable, const struct call *call,
                      struct sink *out)
{
    struct call *root = arena_alloc(run_arena(run), sizeof *root);
    *root = *call;
    if (!root->run_id)
        root->run_id = &run->id;
    return scope_enter(&run->root, runnable, root, out);
}

void run_start(struct run *run, const struct runnable *runnable, const struct call *call,
               json_t *input, struct sink *out)
{
    struct sink *in = run_open(run, runnable, call, out);
    sink_push_value(in, input);
    sink_done(in, &outcome_well);
}

void run_cancel(struct run *run, enum ls_err why)
{
    scope_cancel(&run->root, why);
}

void run_resume(struct run *run)
{
    run->resumes++;
    if (!list_is_empty(&run->paused))
        loop_soon(run->loop, &run->resume);
}

enum flow run_brake(struct run *run, const void *who)
{
    run->brake = who;
    return FLOW_FULL;
}

void run_release(struct run *run, const void *who)
{
    resume_sources(run, who);
}

const struct runnable *run_find(const struct run *run, const char *name)
{
    const struct run_services *services = run->services;
    return services && services->find ? services->find(services->find_owner, name) : NULL;
}

void run_drop(struct run *run)
{
    struct arena *arena = run->root.arena;
    task_cancel(&run->resume);
    if (run->on_dropped)
        run->on_dropped(run->dropped_owner);
    arena_free(&arena);
}
