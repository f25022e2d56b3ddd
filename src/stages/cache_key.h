/* The key of a cached result. */
#pragma once

#include "base/digest.h"
#include "run/configurable.h"

struct cache_reads; /* what a runnable reads of a run's config */

/* What `bound` (which must live as long) reads, and the ids of `configurable` in `by`, which tell
 * callers apart. */
struct cache_reads *cache_reads_new(const struct runnable *bound, const char *const *by,
                                    size_t by_count);
void cache_reads_free(struct cache_reads *reads);

/* Adds the specs of the latter, where nothing else has. */
void cache_reads_add_specs(const struct cache_reads *reads, struct config_specs *specs);

/* The digest of all that the result depends on, as text; false when that is too much to look
 * at, or the caller is not told. */
bool cache_key(char out[DIGEST_HEX + 1], const char *identity, const struct cache_reads *reads,
               const struct call *call, const json_t *input);
