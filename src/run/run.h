/* A run: one execution of a runnable for one request.
 *
 * The owner makes it, opens it with a sink of its own for the output, feeds and ends the input.
 * The run frees itself on a later turn once everything in it has ended; from the `done` of the
 * owner's sink on, the owner must not touch it any more.  What the sink needs should live in the
 * run's arena. */
#pragma once

#include "base/trace_context.h"
#include "loop/loop.h"
#include "run/observer.h"
#include "run/runnable.h"
#include "run/scope.h"

struct balances;
struct cache;
struct fetch_pool;
struct scribe;
struct slots_set;
struct store;

/* What the caches of a run's chain had: a single miss makes it one. */
enum cache_use { CACHE_UNUSED, CACHE_HIT, CACHE_MISS };

/* Counted in every run, for logs and metrics. */
struct tally {
    int64_t input_tokens, output_tokens; /* as providers report them */
    int64_t cost;                        /* of those with a price (base/money.h) */
    bool priced;                         /* there was one with a price */
    enum cache_use cache;
    int64_t began_us;       /* clock_steady_us() at run_new() */
    unsigned waits;         /* requests to other servers that are under way */
    int64_t waits_since_us; /* when `waits` became more than 0 */
    int64_t waited_us;      /* during which `waits` was more than 0, until it was last 0 */
};

/* Adds what one run took to the sum of several: tokens, cost, and what caches had. */
void tally_add(struct tally *sum, const struct tally *one);

/* What a worker lends its runs. */
struct run_services {
    struct fetch_pool *pool;   /* connections to model providers; NULL: no network */
    struct store *store;       /* histories, caches; NULL: none */
    struct cache *cache;       /* what runs do for each other (stages/cache.h); NULL: nothing */
    struct slots_set *slots;   /* of what is limited; NULL: nothing is */
    struct balances *balances; /* of models with several endpoints (models/balance.h), or NULL */
    struct scribe *scribe;     /* writes what is recorded (models/scribe.h); NULL: at once */
    /* The chain or model of a name (borrowed), or NULL; for steps that run others by name. */
    const struct runnable *(*find)(const void *owner, const char *name); /* NULL: no names */
    const void *find_owner;
};

struct run {
    struct loop *loop;
    const struct run_services *services; /* set by the owner before run_open(); may be NULL */
    struct scope root;
    struct link paused; /* sources that were answered FULL */
    struct task resume;
    unsigned resumes;           /* calls of run_resume() */
    const void *brake;          /* who answers FULL to the push under way by itself, or NULL */
    struct observer *observers; /* first of a list, or NULL; set before run_open() */
    int64_t last_start_us;      /* when the last step began that they heard of */
    struct uuid id;
    struct trace_context trace; /* see run_trace() */
    const char *request_id;     /* of the request that it is for, for logs; NULL: none */
    struct tally tally;
    void (*on_dropped)(void *owner); /* called when the run's memory is about to go; may be NULL */
    void *dropped_owner;
};

/* A run on `loop`, with an id: `id`, or a random one when NULL. */
struct run *run_new(struct loop *loop, const struct uuid *id);

/* Memory that lives as long as the run. */
struct arena *run_arena(struct run *run);

/* A request to another server begins, or is over: see run_waited_us(). */
void run_wait_begin(struct run *run);
void run_wait_end(struct run *run);

/* How long the run has waited for other servers, for one or more at a time. */
int64_t run_waited_us(const struct run *run);

/* Adds an observer (its owner keeps it alive until the run is over), before run_open(). */
void run_observe(struct run *run, struct observer *observer);

/* The trace that the run is part of; one of its own when nobody said which. */
const struct trace_context *run_trace(struct run *run);

/* Makes the run a part of a trace (copied; NULL: of none yet), before run_open(). */
void run_set_trace(struct run *run, const struct trace_context *trace);

/* Opens `runnable` as the run's root.  `call` is copied; a NULL run_id in it is set to the run's.
 * Returns the sink for the input, which the owner ends in any case. */
struct sink *run_open(struct run *run, const struct runnable *runnable, const struct call *call,
                      struct sink *out);

/* Opens the runnable and gives it `input` (borrowed) as a whole. */
void run_start(struct run *run, const struct runnable *runnable, const struct call *call,
               json_t *input, struct sink *out);

/* Ends the run early; its sink's `done` still comes, on a later turn. */
void run_cancel(struct run *run, enum ls_err why);

/* Wakes the run's paused sources on the next turn; called within a push that then answers FULL,
 * also the one that pushes. */
void run_resume(struct run *run);

/* For a stage that has taken more than it can use: its push answers FULL (which this returns), and
 * the source that pushed stays paused, whatever the run's reader does, until `who` releases it. */
enum flow run_brake(struct run *run, const void *who);
void run_release(struct run *run, const void *who);

/* The chain or model of the app that has this name (borrowed), or NULL. */
const struct runnable *run_find(const struct run *run, const char *name);

/* For scope.c: the root scope is over. */
void run_drop(struct run *run);
