/* A routine: one call of a box's function, as a coroutine that is run in slices.
 *
 * routine_run() runs it until it ends, its slice of time is over, or it asks for something; what it
 * asks for is in `ask`, and the answer is given before it is run again.  A routine that is dropped
 * before its end is never run again: nothing of the lambda's code hears of it. */
#pragma once

#include <jansson.h>

#include "lua/box.h"
#include "run/outcome.h"

enum routine_state {
    ROUTINE_DONE,   /* `result` */
    ROUTINE_FAILED, /* `failure` */
    ROUTINE_AGAIN,  /* let others run, then run it again */
    ROUTINE_ASKS,   /* `ask` */
};

enum { ASK_INPUT = 0 }; /* the number of the input as a stream, for a generator */

enum ask_kind {
    ASK_RUN,  /* runnables, each with an input; answered by the list of their outputs */
    ASK_OPEN, /* a stream; answered by a number for it, from 1 */
    ASK_NEXT, /* the stream's next chunk; answered by a list of it, or an empty one at the end */
    ASK_EMIT, /* a chunk of output; answered by null */
};

struct ask {
    enum ask_kind kind;
    json_t *names, *inputs; /* RUN, OPEN: lists of equal length */
    json_t *chunk;          /* EMIT */
    json_int_t stream;      /* NEXT */
};

struct routine;
struct run;

struct routine_setup {
    json_t *input, *config; /* borrowed as long as the routine; NULL: nil */
    const char *step;       /* who logs; borrowed */
    struct run *run;        /* of which request and run; borrowed; NULL: of none */
    bool emits;             /* emit() is allowed */
};

/* A routine, not run yet; NULL when the box has no memory left for one. */
struct routine *routine_new(struct box *box, const struct routine_setup *setup);

/* Lets go of its owner's routine, wherever it stands; nulls *owner. */
void routine_drop(struct routine **owner);

/* Runs it on. */
enum routine_state routine_run(struct routine *routine);

/* What it asks; borrowed until the answer. */
const struct ask *routine_ask(const struct routine *routine);

/* Answers: with a value (taken over), or with an error that is raised in the lambda (copied). */
void routine_answer(struct routine *routine, json_t *value);
void routine_refuse(struct routine *routine, const struct outcome *outcome);

/* DONE: what it returned; FAILED: why.  Borrowed. */
json_t *routine_result(const struct routine *routine);
const struct outcome *routine_failure(const struct routine *routine);
