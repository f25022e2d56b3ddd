/* The log of LangChain's astream_log: JSON patches (RFC 6902) that make an object with what every
 * step of a run gave and when.
 *
 * The log is both an observer, of the steps, and a sink, of the run's own output. */
#pragma once

#include "observe/emitter.h"
#include "observe/event_filter.h"
#include "run/gather.h"
#include "run/observer.h"

struct run_log {
    struct observer observer;
    struct emitter *emitter;
    const struct event_filter *filter;
    size_t max_bytes;    /* of a value in the log of a step; 0: no limit */
    struct gather whole; /* the output so far */
    json_t *before;      /* the same before the last chunk; null: nothing */
    json_t *counts;      /* how many steps of each name there were */
};

/* Readies `log` (its other members are set) to be given to run_observe(). */
void run_log_init(struct run_log *log);

/* Drops what the log holds. */
void run_log_fini(struct run_log *log);

/* A chunk of the run's own output. */
enum flow run_log_push(struct run_log *log, const struct chunk *chunk);
