/* Who hears of the steps of a run: run logs, event streams, tracers.
 *
 * A run without observers pays nothing.  An observer says for each step, before it starts, what
 * it wants of it; what nobody wants is neither gathered nor built. */
#pragma once

#include <stdint.h>

#include "base/id.h"
#include "run/chunk.h"
#include "run/outcome.h"
#include "run/runnable.h"

/* Where the tags of a step come from; each NULL for none. */
struct step_tags {
    const char *place; /* in its parent */
    json_t *inherited, *own;
    json_t *all; /* once somebody has asked */
};

/* One execution of one runnable, as observers see it.  Lives as long as its scope. */
struct step {
    struct uuid id;
    const struct step *parent;
    const struct runnable *runnable;
    const char *name;       /* of the call, else of the runnable */
    struct step_tags *tags; /* see step_tags() */
    json_t *metadata;       /* inherited and its own; an object */
    json_t *given_metadata; /* without what its kind tells by itself */
    int64_t began_us;       /* wall clock, when it was opened */
    int64_t started_us;     /* wall clock, when it began; 0: not yet */
    int64_t steady_us;      /* clock_steady_us() then */
    struct arena *arena;    /* of the scope: for what an observer keeps about the step */
    bool streaming;         /* chunks of its output were asked for */
    json_t **llm_output;    /* of a model of texts: where it puts what its provider told beside them
                               (the arena's), at first NULL */
};

/* All its tags: its place, inherited, its own; a list, the step's.  Put together when they are first
 * asked for, for most observers do not. */
json_t *step_tags(const struct step *step);

/* Now, as the wall clock goes on from the step's start: whoever sets that clock meanwhile changes no
 * duration. */
int64_t step_now_us(const struct step *step);

enum observer_wants {
    WANTS_NOTHING = 0,
    WANTS_START = 1,   /* start() */
    WANTS_CHUNKS = 2,  /* chunk() for each chunk of output */
    WANTS_END = 4,     /* end() */
    WANTS_INPUT = 8,   /* the gathered input in end() */
    WANTS_OUTPUT = 16, /* the gathered output in end() */
};

struct observer;

/* One observer listening to one step. */
struct listener {
    struct observer *observer;
    const struct step *step;
    unsigned wants;
    void *notes; /* what wants() set: the observer's own, about this step */
};

struct observer_ops {
    /* What is wanted of listener->step: bits of enum observer_wants. */
    unsigned (*wants)(struct listener *listener);
    /* The step begins.  `first` is the first chunk of its input (the whole input where nobody
     * streams), NULL when the input ended without any.  Borrowed.
     * A step whose input fails before it could begin neither begins nor ends. */
    void (*start)(struct listener *listener, json_t *first);
    /* A chunk of output, before it goes on.  FULL slows the run down until run_resume(). */
    enum flow (*chunk)(struct listener *listener, const struct chunk *chunk);
    /* The step has ended.  `input` and `output` are what was gathered, NULL where not wanted or
     * where nothing came.  Borrowed. */
    void (*end)(struct listener *listener, const struct outcome *outcome, json_t *input,
                json_t *output);
};

struct observer {
    const struct observer_ops *ops;
    struct observer *next; /* of the run's observers */
};

/* runnable_open() for a run that has observers. */
struct sink *observed_open(const struct runnable *runnable, struct scope *scope,
                           const struct call *call, struct sink *out);
