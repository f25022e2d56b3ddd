/* The input of a stage that takes chunks when it wants them, not when they come.
 *
 * Chunks wait in a queue; who pushes them is braked while it is full.  The stage is a source: its
 * output goes through `tail`, so that the stage ends when its input and its output both have, in
 * either order.  What ended the input counts more than what ended the output. */
#pragma once

#include "run/sink.h"

struct intake {
    struct sink sink;   /* the stage's */
    struct sink tail;   /* where its source pushes */
    struct sink *out;   /* the next stage's */
    json_t *queue;      /* chunks that were not taken yet */
    bool ended, given;  /* the input has ended; the output has */
    struct outcome end; /* of the input */
    struct outcome given_end;
    /* There is something new to take: a chunk, or the input's end.  The first call, which comes
     * before the source was started, must start it; none comes when the input fails before. */
    void (*wake)(struct intake *intake);
    bool woken;
};

/* Readies an intake in the caller's storage, which lives as long as the scope. */
void intake_init(struct intake *intake, struct scope *scope, struct sink *out,
                 void (*wake)(struct intake *intake));

/* Fills it with an input that came as a whole (borrowed; NULL: there is none), instead of by
 * `sink`; then `tail` is not used. */
void intake_fill(struct intake *intake, json_t *value);

/* The next chunk as a new reference, or NULL: there is none now, and no more will come if `ended`
 * says so. */
json_t *intake_take(struct intake *intake);
