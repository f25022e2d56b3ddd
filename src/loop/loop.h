/* The event loop of a worker: queued tasks, timers, and what waits for the outside.
 *
 * One thread owns a loop and everything on it.  A turn: what the outside brought (sockets,
 * signals, transfers), then timers that are due, then all tasks queued meanwhile, then the late
 * tasks (connections writing out what the turn produced).  Nothing here may block; who has work for
 * longer does it in pieces, and queues in between (loop_in_turn()).
 *
 * A virtual loop has no outside: its clock stands still until a test turns it, so that timeouts
 * and retries are tested without waiting. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"

struct loop;

/* Something to be called once, soon; lives in its owner.  A task that was queued can be taken
 * back with task_cancel(). */
struct task {
    struct link link;
    void (*fn)(struct task *task);
};

/* A time of day for a call; lives in its owner. */
struct timer {
    void (*fn)(struct timer *timer);
    struct loop *loop;
    int64_t due;    /* ms by the loop's clock */
    uint64_t order; /* of starting, so that equal times fire in order */
    int64_t index;  /* in the loop's heap, -1 while it is not running */
    bool aside;     /* loop_run() does not wait for it: set it while the timer does not run */
};

/* A loop on the operating system's events; NULL when the system refuses one.  From now on the
 * process ignores SIGPIPE, unless it has a handler of its own. */
struct loop *loop_new(void);

/* A loop with a clock of its own, for tests. */
struct loop *loop_new_virtual(void);

/* Runs the tasks that are queued, and those that they queue, within bounds; outside a turn: before
 * what they use is freed. */
void loop_settle(struct loop *loop);

/* Ends a loop on which nothing is open any more; what is still closing calls back first, and the
 * tasks that this queues are run.  Nulls *loop. */
void loop_free(struct loop **loop);

/* Runs until loop_stop(), or until nothing is left that could happen. */
void loop_run(struct loop *loop);

/* Makes loop_run() return after the current turn. */
void loop_stop(struct loop *loop);

/* One turn: on a virtual loop the tasks that were queued when it began, else the timers due next
 * (the clock jumps to them); on a real loop whatever is ready without waiting.
 * False when there was nothing to do, and on a real loop nothing is left that could happen. */
bool loop_turn(struct loop *loop);

/* Milliseconds of a clock that never goes back, as of the beginning of the turn, and anew
 * before its late tasks. */
int64_t loop_now(const struct loop *loop);

/* Runs a virtual loop's queued tasks, then moves its clock forward by `ms`, firing what is due on
 * the way. */
void loop_advance(struct loop *loop, int64_t ms);

/* A task that calls `fn`, in no queue. */
void task_init(struct task *task, void (*fn)(struct task *task));

/* Takes the task out of whatever queue it is in. */
void task_cancel(struct task *task);

/* Whether the task is queued. */
bool task_is_queued(const struct task *task);

/* Calls the task on a clean stack, in this turn or the next; queued already: no effect. */
void loop_soon(struct loop *loop, struct task *task);

/* Calls the task at the end of the turn, after all tasks of loop_soon(); queued already: no
 * effect. */
void loop_late(struct loop *loop, struct task *task);

/* Calls the task on a coming turn, after the loop has looked outside: for work in pieces.  However
 * many are queued so, one is called per turn, in their order; queued already: no effect. */
void loop_in_turn(struct loop *loop, struct task *task);

/* A timer that calls `fn`, not running. */
void timer_init(struct timer *timer, struct loop *loop, void (*fn)(struct timer *timer));

/* Fires the timer once, `ms` from now (0: on a coming turn); one that runs is moved. */
void timer_start(struct timer *timer, int64_t ms);

/* Stops the timer; harmless when it does not run. */
void timer_stop(struct timer *timer);

/* Whether the timer is running. */
bool timer_is_running(const struct timer *timer);
