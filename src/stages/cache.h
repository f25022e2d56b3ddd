/* cache: a result is kept in the store and given again to whoever asks the same.
 *
 * The same is what has the same digest of everything that the result depends on: what the runnable
 * is, its input, what it reads of the run's config, and the values that tell callers apart.  Results
 * that were not made in full (errors, interrupts, runs that were cut off) are not kept.  Of equal
 * requests at one time, one worker runs one. */
#pragma once

#include "run/run.h"

struct cache_options {
    int64_t ttl;           /* ms; at least 1 */
    const char *mark;      /* the member of an object that says whether it was cached; NULL: none */
    const char *const *by; /* fields of `configurable` that tell callers apart: without any of them
                              nothing is given, and nothing kept */
    size_t by_count;
    const char *identity; /* says what the runnable is */
    bool messages;        /* its input is messages, and their form is no matter */
};

/* `bound` (taken over) with a cache; the options are copied. */
struct runnable *cache_new(struct runnable *bound, const struct cache_options *options);

/* A worker's part: the runs under way that others follow. */
struct cache *cache_open(void);

/* Cancels those runs; what is left goes with the last of them.  Nulls *cache; NULL is harmless. */
void cache_close(struct cache **cache);

/* How often all workers together found a result, and how often they did not. */
void cache_counted(uint64_t *hits, uint64_t *misses);
