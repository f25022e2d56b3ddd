/* A thread beside the loop, for what must block: a file, a database.
 *
 * Jobs are done one after the other, in the order they were given; each is then reported on the
 * loop.  A virtual loop has no threads: there the loop itself does one job a turn. */
#pragma once

#include "loop/loop.h"

struct thread;

/* A piece of work; lives in its owner until `done`. */
struct job {
    struct link link;
    void (*work)(struct job *job); /* on the thread; touches nothing that the loop touches */
    void (*done)(struct job *job); /* on the loop, exactly once; may give further jobs, but
                                       not while the thread is being freed */
};

/* A thread for `loop`, NULL when the system refuses one.  No signal is delivered to it. */
struct thread *thread_new(struct loop *loop);

/* Ends the thread once it has done all that it was given; the jobs are reported within the call.
 * Not from within `done`.  Nulls *thread; NULL is harmless. */
void thread_free(struct thread **thread);

/* Gives the thread a job.  The loop goes on running until it is reported. */
void thread_do(struct thread *thread, struct job *job);
