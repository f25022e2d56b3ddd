/* What the files of src/loop share: the loop's core and the libuv loop under it. */
#pragma once

#include <uv.h>

#include "loop/loop.h"

struct loop {
    struct link soon, late;
    struct link pieces;  /* of loop_in_turn() */
    struct timer **heap; /* by due time; heap[0] fires first */
    int64_t timers, timer_room;
    int64_t aside; /* how many of the timers nobody waits for */
    uint64_t timer_order;
    int64_t virtual_now; /* ms; used when !real */
    bool real, stopping, closing;
    struct link watchers;    /* of signals and hang-ups; freed with the loop */
    struct mailbox *mailbox; /* NULL until somebody asks for it; so is the next */
    struct work_pool *work;
    uv_loop_t uv;
    uv_timer_t uv_timer;     /* armed for heap[0] */
    uv_check_t uv_check;     /* drains the queues after the events of a turn */
    uv_prepare_t uv_prepare; /* drains them before the loop sleeps */
    uv_idle_t uv_idle;       /* active while something is queued, so that the loop does not sleep */
    char read_room[65536];   /* one read at a time: connections share it */
};

/* The libuv loop under `loop`. */
static inline uv_loop_t *loop_uv(struct loop *loop)
{
    return &loop->uv;
}

/* Frees the watchers of signals and hang-ups; their handles are closed. */
void loop_free_watchers(struct loop *loop);

/* Moves what other threads have posted into the loop's queue; false when there was nothing. */
bool mailbox_drain(struct loop *loop);

/* Takes the loop from its mailbox; what was posted until now is in the loop's queue. */
void mailbox_close(struct mailbox *mailbox);

/* Begins no more work: what waits is queued to end.  work_free() drops the loop's reference. */
void work_close(struct work_pool *pool);
void work_free(struct work_pool *pool);
