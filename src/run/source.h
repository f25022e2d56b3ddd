/* What starts a flow by itself: an upstream transfer, a timer, a thread's answer, a coroutine.
 *
 * A source lives in its stage.  Once started, its `go` is called on a clean stack; it pushes until
 * it has nothing ready, or until source_push() answers anything but ON, and then returns:
 *   FULL  `go` is called again when the run is resumed;
 *   STOP  the kernel stops the source on the next turn.
 * It ends itself with source_done(), once, when it has no more.  When it is no longer wanted the
 * kernel calls `stop` (once, never from within `go` or a push) and ends it; after `stop` the
 * source calls nothing. */
#pragma once

#include "loop/loop.h"
#include "run/sink.h"

struct source;

struct source_ops {
    /* Begin, or go on after a pause. */
    void (*go)(struct source *source);
    /* Let go of what is outside, at once.  What cannot be stopped takes scope_hold() first. */
    void (*stop)(struct source *source);
};

enum source_state { SOURCE_IDLE, SOURCE_STARTED, SOURCE_ON, SOURCE_PAUSED, SOURCE_ENDED };

struct source {
    const struct source_ops *ops;
    struct scope *scope;
    struct sink *out;
    enum source_state state;
    bool unwanted;      /* a push was answered STOP */
    struct link link;   /* among the scope's sources */
    struct link paused; /* among the run's paused sources */
    const void *brake;  /* who of the run's stages paused it; NULL: the run's reader */
    struct task task;
};

/* Readies a source that pushes into `out`. */
void source_init(struct source *source, const struct source_ops *ops, struct scope *scope,
                 struct sink *out);

/* Has `go` called on a coming turn; from now on the scope waits for its end. */
void source_start(struct source *source);

/* Pushes a chunk; see above for what the answer asks of the source. */
enum flow source_push(struct source *source, const struct chunk *chunk);

/* Ends the source; its sink is told.  Not after `stop`. */
void source_done(struct source *source, const struct outcome *outcome);

/* Has `go` called again on a coming turn, for a source that made enough for one turn; one that is
 * paused meanwhile waits for the resume. */
void source_again(struct source *source);

/* For run_resume(): calls `go` of a paused source. */
void source_resume(struct source *source);

/* For scope_cancel(): ends the source on a coming turn. */
void source_cancel(struct source *source);
