/* How the chunks of another server's stream join: the wire does not say whether an object adds to
 * what came before (a branch of `parallel`) or is a parser's snapshot of all so far.
 *
 * LangChain's client lets the last object stand for all.  Here it does when each has been a
 * continuation of the one before, as snapshots are: nothing went, texts and lists became longer.
 * From the first that is none on objects add, and the same is asked of what stands under each key. */
#pragma once

#include <stdbool.h>

#include "run/chunk.h"

struct remote_join {
    json_t *last;  /* what stands under each key, as it came last; NULL: nothing came */
    json_t *added; /* the keys under which pieces came that add; NULL: none */
    bool adds;     /* an object came that does not continue the one before */
};

/* The chunk that `value` (borrowed) is. */
struct chunk remote_join_chunk(struct remote_join *join, json_t *value);

void remote_join_fini(struct remote_join *join);
