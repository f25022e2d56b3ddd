/* Joining chunks into one value, at a cost that grows with what is joined and not with its square.
 *
 * Text joins text, lists concatenate, objects merge key by key, numbers sum; null gives way; what
 * cannot be joined is replaced by the later.  Message chunks (objects whose "type" ends in
 * "MessageChunk") merge as LangChain's do: content, tool call fragments by index, usage by sum,
 * kwargs and metadata key by key.  The values pushed are never changed: a gatherer grows private
 * copies from the second chunk on. */
#pragma once

#include "run/chunk.h"
#include "run/sink.h"

struct gather_node;

struct gather {
    json_t *first;            /* the one chunk so far; or NULL */
    struct gather_node *root; /* of all, once there are several; or NULL */
};

/* An empty gatherer in the caller's storage. */
void gather_init(struct gather *gather);

/* Drops what was gathered. */
void gather_fini(struct gather *gather);

/* Joins a chunk to what is there. */
void gather_add(struct gather *gather, const struct chunk *chunk);

/* The value so far as a new reference, NULL when no chunk came.  The gatherer is empty then. */
json_t *gather_take(struct gather *gather);

/* The value so far as a new reference, NULL when no chunk came; gathering may go on. */
json_t *gather_peek(const struct gather *gather);

/* What is to be done with a whole input: `value` (borrowed; NULL when no chunk came) if the
 * outcome is well, else only the outcome counts. */
typedef void gathered_fn(void *owner, json_t *value, const struct outcome *outcome);

/* A sink in `scope`'s arena that gathers its input and calls `fn` once, at its end. */
struct sink *gather_sink(struct scope *scope, gathered_fn *fn, void *owner);
