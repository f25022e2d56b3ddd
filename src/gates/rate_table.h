/* The words of rate limits that have the same window, in memory that a process and its children share: one for each key.
 *
 * Made before the fork.  The size is fixed (16384 buckets of 15 places, 4 MB, of which the system
 * gives what is touched), so no number of keys grows it.  A key that has a place counts there with
 * one compare-and-swap: of any number of requests at once exactly as many pass as rate_take()
 * allows.  Giving a key a place takes the bucket's lock, for some nanoseconds; the parent takes it
 * away from a process that died with it (rate_table_forget()).
 *
 * Only a place that says nothing any more (rate_is_idle()) goes to another key, so that a flood of
 * keys never makes a limit forget one.  When all places of a bucket are in use, the keys that find
 * none share one word of the bucket: together they get what one key gets.  A key that gets a place
 * later begins with what that word has counted by then, as though all of it had been its own.  So
 * a full table refuses too much, and lets nothing pass that the limit does not allow. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include "gates/rate.h"

struct rate_table;

/* The clock, in ms; the same for all who share the table. */
typedef int64_t rate_clock(void);

/* An empty table for rates of a window (ms); NULL when the system refuses the memory. */
struct rate_table *rate_table_new(int64_t window, rate_clock *clock);

/* Lets go of the table in this process; nulls *table. */
void rate_table_free(struct rate_table **table);

/* One more request of the key, of which `count` pass in a window; *said tells whether it may pass.  No bytes (len 0): one
 * word for all, which is exact too. */
void rate_table_take(struct rate_table *table, int64_t count, const void *key, size_t len,
                     struct rate_said *said);

/* Takes back a request that was let through, as though it had not been. */
void rate_table_give(struct rate_table *table, const void *key, size_t len);

/* Frees the locks of a process that is dead. */
void rate_table_forget(struct rate_table *table, pid_t pid);

/* The clock that processes of a machine share, and which never jumps. */
int64_t rate_steady_clock(void);
