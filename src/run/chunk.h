/* A piece of a value on its way, and how it joins what came before it.
 *
 * Most chunks add: text joins text, lists concatenate, messages merge, objects merge key by key,
 * numbers sum.  A parser's snapshot replaces what came before; wrapped in an object under a key
 * (parallel, assign) it still replaces only what stands under that key.  The value cannot tell
 * which of the two it is, so the chunk says it. */
#pragma once

#include <jansson.h>

enum {
    CHUNK_ADDS = -1,
    CHUNK_REPLACES = 0, /* everything so far; n > 0: what stands under n keys it is wrapped in */
};

struct chunk {
    json_t *value; /* borrowed for the push; whoever needs it longer takes a reference */
    int replaces;  /* CHUNK_ADDS, or below how many keys it replaces */
};

/* A chunk of `value` that adds. */
static inline struct chunk chunk_adds(json_t *value)
{
    return (struct chunk){.value = value, .replaces = CHUNK_ADDS};
}

/* How a chunk that joins as `replaces` joins once it is wrapped in an object under one key. */
static inline int chunk_wrapped(int replaces)
{
    return replaces == CHUNK_ADDS ? CHUNK_ADDS : replaces + 1;
}

/* How the value under a key of such a chunk joins when it is taken out of the object; the value
 * of a chunk that replaces as a whole replaces too. */
static inline int chunk_unwrapped(int replaces)
{
    return replaces <= 0 ? replaces : replaces - 1;
}
