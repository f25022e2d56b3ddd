/* Design: two ports stand at a scope's borders.  The input port lets the kernel end the stage's
 * input when the scope is cancelled while its opener still feeds it; the output port notices the
 * end.  A scope goes when both have ended, its sources and children are gone and no one holds it. */
#include "run/scope.h"

#include <assert.h>

#include "run/run.h"
#include "run/source.h"

static void port_forward_done(struct port *port, const struct outcome *outcome)
{
    if (port->forwarded)
        return;
    port->forwarded = true;
    sink_done(port->next, outcome);
}

static bool is_over(const struct scope *scope)
{
    return scope->finished && scope->in.sink.ended && scope->open == 0 &&
           list_is_empty(&scope->sources) && list_is_empty(&scope->children);
}

static void check_drop(struct scope *scope)
{
    if (is_over(scope))
        loop_soon(scope_loop(scope), &scope->sweep);
}

static enum flow in_push(struct sink *sink, const struct chunk *chunk)
{
    struct scope *scope = container_of(sink, struct scope, in.sink);
    return scope->in.forwarded ? FLOW_STOP : sink_push(scope->in.next, chunk);
}

static void in_done(struct sink *sink, const struct outcome *outcome)
{
    struct scope *scope = container_of(sink, struct scope, in.sink);
    scope_hold(scope);
    port_forward_done(&scope->in, outcome);
    scope_rele(scope);
}

static enum flow out_push(struct sink *sink, const struct chunk *chunk)
{
    struct scope *scope = container_of(sink, struct scope, out.sink);
    return sink_push(scope->out.next, chunk);
}

static void out_done(struct sink *sink, const struct outcome *outcome)
{
    struct scope *scope = container_of(sink, struct scope, out.sink);
    assert(scope->in.forwarded && "a stage ended before its input did");
    scope_hold(scope);
    scope->finished = true;
    timer_stop(&scope->deadline);
    port_forward_done(&scope->out, outcome);
    scope_rele(scope);
}

static const struct sink_ops in_ops = {in_push, in_done};
static const struct sink_ops out_ops = {out_push, out_done};

static void drop(struct scope *scope)
{
    struct scope *parent = scope->parent;
    struct arena *arena = scope->arena;
    task_cancel(&scope->sweep);
    if (!parent) {
        run_drop(scope->run);
        return;
    }
    list_remove(&scope->sibling);
    arena_free(&arena);
    check_drop(parent);
}

/* After a cancel: ends the stage's input.  After the end: drops the scope. */
static void on_sweep(struct task *task)
{
    struct scope *scope = container_of(task, struct scope, sweep);
    if (!scope->in.forwarded && scope_is_cancelled(scope)) {
        struct outcome outcome = scope_outcome(scope);
        scope_hold(scope);
        port_forward_done(&scope->in, &outcome);
        scope->open--; /* and not scope_rele(): this is already the clean stack */
    }
    if (is_over(scope))
        drop(scope);
}

static void on_deadline(struct timer *timer)
{
    scope_cancel(container_of(timer, struct scope, deadline), LS_TIMEOUT);
}

void scope_init(struct scope *scope, struct run *run, struct scope *parent, struct arena *arena)
{
    *scope = (struct scope){.run = run, .parent = parent, .arena = arena};
    list_init(&scope->sibling);
    list_init(&scope->children);
    list_init(&scope->sources);
    task_init(&scope->sweep, on_sweep);
    timer_init(&scope->deadline, run->loop, on_deadline);
    if (parent) {
        list_append(&parent->children, &scope->sibling);
        scope->cancelled = parent->cancelled;
    }
}

struct sink *scope_enter(struct scope *scope, const struct runnable *runnable,
                         const struct call *call, struct sink *out)
{
    sink_init(&scope->in.sink, &in_ops, scope);
    sink_init(&scope->out.sink, &out_ops, scope);
    scope->out.next = out;
    scope->in.next = runnable_open(runnable, scope, call, &scope->out.sink);
    return &scope->in.sink;
}

struct sink *scope_open(struct scope *parent, const struct runnable *runnable,
                        const struct call *call, struct sink *out, struct scope **child)
{
    struct arena *arena = arena_new(0);
    struct scope *scope = arena_alloc(arena, sizeof *scope);
    scope_init(scope, parent->run, parent, arena);
    *child = scope;
    return scope_enter(scope, runnable, call, out);
}

/* Below the scope that is cancelled inputs are ended by those who feed them: a child's input ends
 * when its opener's does. */
static void spread_cancel(struct scope *scope, enum ls_err why)
{
    if (scope_is_cancelled(scope))
        return;
    scope->cancelled = why;
    for (struct link *l = scope->sources.next; l != &scope->sources; l = l->next)
        source_cancel(container_of(l, struct source, link));
    for (struct link *l = scope->children.next; l != &scope->children; l = l->next)
        spread_cancel(container_of(l, struct scope, sibling), why);
}

void scope_cancel(struct scope *scope, enum ls_err why)
{
    if (scope_is_cancelled(scope))
        return;
    spread_cancel(scope, why);
    loop_soon(scope_loop(scope), &scope->sweep);
}

void scope_set_deadline(struct scope *scope, int64_t ms)
{
    if (!scope->finished)
        timer_start(&scope->deadline, ms);
}

struct outcome scope_outcome(const struct scope *scope)
{
    return scope_is_cancelled(scope) ? outcome_error(scope->cancelled, NULL) : outcome_well;
}

void scope_hold(struct scope *scope)
{
    scope->open++;
}

void scope_rele(struct scope *scope)
{
    assert(scope->open > 0);
    scope->open--;
    check_drop(scope);
}

struct loop *scope_loop(const struct scope *scope)
{
    return scope->run->loop;
}
