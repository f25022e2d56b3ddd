/* What the files of lambdas share: a call, which the function knows, and its stage, which the
 * kernel knows.  A call outlives its stage when it is cancelled: a function that cannot be stopped
 * ends later, with nobody waiting for it. */
#pragma once

#include <pthread.h>

#include "loop/mailbox.h"
#include "loop/work.h"
#include "run/intake.h"
#include "run/scope.h"
#include "run/source.h"
#include "stages/lambda.h"

struct lambda_stage {
    struct source source;
    struct scope *scope;
    struct call call;
    const struct runnable *runnable;
    struct lambda_code *code; /* the runnable's */
    json_t *input;            /* the scope's; NULL: it comes by way of `intake` */
    struct intake intake;     /* of a transform */
    struct ls_call *handle;   /* while the function is under way */
    struct link awaits;
    unsigned pushed;       /* chunks of a generator since it was called */
    bool gave;             /* a generator: a chunk */
    struct outcome handed; /* of ls_hand_on(); well: none */
};

struct ls_call {
    atomic_uint refs; /* the stage's, the function's, one for each that it awaits */
    struct lambda_code *code;
    json_t *input, *config;
    struct mailbox *mailbox;    /* of asynchronous calls and generators; else NULL */
    struct lambda_stage *stage; /* NULL when nobody waits; on the loop's thread only */
    struct work work;           /* of a blocking function */
    struct task end, again;
    atomic_bool again_posted, cancelled;
    pthread_mutex_t lock; /* of `ended`, and held while a callback runs; recursive */
    bool ended;           /* by the function, or for it */
    ls_cancel_function *on_cancel;
    void *state;
    void (*free_state)(void *state);
    enum ls_err err; /* what the function gave */
    char *message, *client;
    json_t *output;
};

/* A new call of the stage's function, with one reference. */
struct ls_call *lambda_call_new(struct lambda_stage *stage);

/* One more reference, and one less. */
struct ls_call *lambda_call_hold(struct ls_call *call);
void lambda_call_rele(struct ls_call *call);

/* Keeps the call from being ended by another thread while the function is called; false: it has
 * ended, do not call.  lambda_call_leave() must follow if true. */
bool lambda_call_enter(struct ls_call *call);
void lambda_call_leave(struct ls_call *call);

/* Ends the call in the function's stead, and drops the function's reference, unless it has. */
void lambda_call_close(struct ls_call *call);

/* The outcome of a function's error; its texts live as long as the call.  LS_OK: well. */
struct outcome lambda_call_outcome(const struct ls_call *call);

/* Whether the function pushes chunks, and is called again for more. */
static inline bool lambda_emits(const struct lambda_code *code)
{
    return code->form == LAMBDA_GENERATOR || code->form == LAMBDA_TRANSFORM;
}

/* The call has ended: tells the stage, which is not NULL. */
void lambda_stage_end(struct lambda_stage *stage);

/* Cancels what the call still awaits. */
void lambda_cancel_awaits(struct lambda_stage *stage);
