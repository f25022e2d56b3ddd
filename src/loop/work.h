/* Blocking functions, on threads of a pool that each loop has.
 *
 * A loop that ends does not wait for them: what is running then ends on its thread, and what has
 * not begun is never run.  On a virtual loop the loop itself runs them, one turn after the other.
 * Each work ends exactly once. */
#pragma once

#include <stdbool.h>

#include "loop/loop.h"

enum { WORK_MAX_THREADS = 16 }; /* of one loop; the threads are started when they are needed */

/* Lives in its owner until it has ended. */
struct work {
    void (*run)(struct work *work); /* on a thread of the pool */
    /* The end, on the loop's thread; `gone`: on another one, for the loop is gone.  When the loop
     * ends first, this comes without `run`. */
    void (*done)(struct work *work, bool gone);
    struct work_pool *pool; /* while it is under way */
    struct task task;       /* tells of the end; for a virtual loop, also runs it */
    struct link link;       /* among those that have not begun */
    bool has_run;           /* for a virtual loop */
    bool abandoned;         /* the loop does not wait for it */
};

/* Begins; both functions are called later. */
void work_start(struct loop *loop, struct work *work, void (*run)(struct work *work),
                void (*done)(struct work *work, bool gone));

/* Takes back work that has not begun: neither function is called then.  False: it has begun, and
 * loop_run() does not wait for it any more.  On the loop's thread. */
bool work_cancel(struct work *work);
