/* A lambda's stage; for lambda*.c only. */
#pragma once

#include "lua/lua_lambda.h"
#include "lua/routine.h"
#include "run/gather.h"
#include "run/intake.h"
#include "run/source.h"

struct lua_lambda {
    struct runnable runnable;
    struct box *box;
    struct lua_lambda_traits traits;
};

enum { LAMBDA_MOST_QUEUED = 16 }; /* chunks that the lambda has not taken before others wait */

enum lambda_phase {
    LAMBDA_RUNS,
    LAMBDA_ASKS, /* the routine's ask is not answered yet */
    LAMBDA_ENDS, /* the routine is over */
};

/* A runnable that the lambda has started, in a scope of its own. */
struct leg {
    struct link link; /* among the stage's legs */
    struct sink sink; /* of its output */
    struct lambda_stage *stage;
    struct scope *child; /* NULL once it has ended */
    size_t index;        /* one of several: its place among the outputs */
    struct gather sum;
    bool streams;
    json_int_t number; /* of the stream */
    json_t *queue;     /* a stream's chunks that were not taken yet */
    bool failed;
    struct outcome failure; /* a stream's; owned */
};

struct lambda_stage {
    struct source source;
    struct intake input; /* of a generator, for chunks(); whole, unless it streams */
    struct task piece;   /* goes on after the loop has looked outside */
    const struct lua_lambda *lambda;
    struct scope *scope;
    struct call call; /* of what it starts */
    struct routine *routine;
    json_t *config;
    enum lambda_phase phase;
    bool stopped;
    bool gave;          /* a generator: a chunk */
    bool going, woken;  /* within its turn; and woken there */
    struct outcome end; /* ENDS */
    json_t *result;     /* ENDS: still to be pushed, or NULL */
    struct link legs;
    size_t running;       /* legs of the runnables that are asked for which have not ended */
    size_t live;          /* legs that have not ended */
    json_int_t streams;   /* opened so far */
    json_t *outputs;      /* of the runnables that are asked for; NULL: none are */
    size_t next;          /* which of them is started next */
    bool refused;         /* one has failed, or asks */
    struct outcome first; /* how; owned */
};

/* lambda_ask.c: does what the routine asks; true: it was answered, and may run on. */
bool lua_lambda_serve(struct lambda_stage *stage);

/* Has the source called again that waits for something. */
void lua_lambda_wake(struct lambda_stage *stage);

/* lua_lambda.c: calls the function; false: there is no memory for it, which is the stage's end then. */
bool lua_lambda_call(struct lambda_stage *stage, json_t *input);

/* Cancels what the lambda has started and is still running. */
void lua_lambda_cancel_legs(struct lambda_stage *stage);

/* Frees the legs, all of which have ended. */
void lua_lambda_free_legs(struct lambda_stage *stage);
