/* A scope: memory, cancel and deadline of a run, an attempt, an iteration, a racing branch.
 *
 * Stages opened in a scope live in its arena and vanish with it.  Cancel is a word passed down:
 * after scope_cancel() pushes answer STOP, sources end on the next turn, and every `done` still
 * comes exactly once, up through `out`.  A scope is dropped by the loop, on a clean stack, once
 * its output and its input have ended and nothing in it is open any more. */
#pragma once

#include "base/arena.h"
#include "loop/loop.h"
#include "run/runnable.h"
#include "run/sink.h"

struct run;

/* A sink at the border of a scope. */
struct port {
    struct sink sink;
    struct sink *next;
    bool forwarded; /* `next` has been told of the end */
};

struct scope {
    struct run *run;
    struct scope *parent; /* NULL for a run's root */
    struct arena *arena;
    enum ls_err cancelled; /* LS_OK, or why */
    unsigned open;         /* holds that keep the scope from being dropped */
    bool finished;         /* `out` has ended */
    struct link sibling, children, sources;
    struct port in, out;
    struct task sweep; /* ends the input after a cancel; drops the scope */
    struct timer deadline;
};

/* Opens `runnable` in a scope of its own under `parent`; what it makes goes to `out` (which lives
 * in `parent`).  Returns the sink that takes its input: the opener ends that input in any case.
 * *child is for scope_cancel() and scope_set_deadline(), until `out` is done. */
struct sink *scope_open(struct scope *parent, const struct runnable *runnable,
                        const struct call *call, struct sink *out, struct scope **child);

/* Readies a scope in `arena` (taken over), for scope_open() and run_new(). */
void scope_init(struct scope *scope, struct run *run, struct scope *parent, struct arena *arena);

/* Opens `runnable` within the ports of a readied scope. */
struct sink *scope_enter(struct scope *scope, const struct runnable *runnable,
                         const struct call *call, struct sink *out);

/* Ends everything in the scope and below with `why`; legal anywhere and any number of times; the
 * first reason counts.  Frees nothing; sources end on the next turn. */
void scope_cancel(struct scope *scope, enum ls_err why);

/* Cancels the scope with LS_TIMEOUT in `ms`, unless it has finished. */
void scope_set_deadline(struct scope *scope, int64_t ms);

/* Whether the scope was cancelled. */
static inline bool scope_is_cancelled(const struct scope *scope)
{
    return scope->cancelled != LS_OK;
}

/* How a source that is stopped in this scope ends: with the cancellation, else well. */
struct outcome scope_outcome(const struct scope *scope);

/* Keeps the scope's memory until scope_rele(): for what goes on outside after its `done`. */
void scope_hold(struct scope *scope);
void scope_rele(struct scope *scope);

/* The loop the scope's run is on. */
struct loop *scope_loop(const struct scope *scope);
