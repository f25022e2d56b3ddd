/* What outlives a run: values and lists under keys, with a time to live; shared by all workers.
 *
 * One interface, two backends (sqlite.h, redis.h).  Requests are answered on the loop, in no
 * order among each other but for those about one key, which are done as they were asked.  A key
 * holds either a value or a list; what has expired is as if it had never been there. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct store;
struct store_op;

/* Bytes; may hold anything, NUL too. */
struct store_text {
    const char *data;
    size_t len;
};

enum store_verb {
    STORE_GET,    /* the value: no item, or one */
    STORE_SET,    /* items[0] becomes the value */
    STORE_APPEND, /* the items are put at the list's end, together or not at all; of the whole list
                     the last `window` stay */
    STORE_READ,   /* the list's last `window` items, oldest first */
    STORE_DELETE, /* the value or the list is gone */
    STORE_KEYS, /* the first `window` keys that begin with `key`, in the order of their bytes; with
                     an item: of those behind the key that it is */
    /* The cache: values under keys of their own, which may vanish at any time. */
    STORE_RECALL, /* the value: no item, or one */
    STORE_CACHE,  /* items[0] becomes the value until `ttl` is over; when the cache is full, others
                     make room */
    STORE_COUNT,  /* an item: how many values the cache holds, in digits */
};

enum {
    STORE_MAX_READ =
        16 << 20,         /* bytes of one answer: of a longer list the newest items are given */
    STORE_MAX_KEY = 4096, /* bytes */
};

struct store_request {
    enum store_verb verb;
    struct store_text key;
    const struct store_text *items; /* SET, APPEND, KEYS, CACHE */
    size_t count;
    size_t window; /* APPEND, READ, KEYS; 0: all */
    int64_t ttl;   /* SET, APPEND, CACHE: ms from now until the key expires; 0: never.  RECALL: that
                      of the value; one that ends later still was kept by a clock that was wrong */
};

/* How a request ended. */
struct store_answer {
    enum ls_err err;     /* LS_STORE when the store failed; LS_SHUTDOWN, LS_TOO_BIG */
    const char *message; /* for the log; NULL when well */
    const struct store_text *items;
    size_t count;
};

/* Takes the answer, which is the store's and gone after the call. */
typedef void store_fn(void *owner, const struct store_answer *answer);

/* Asks `store`; what `request` holds is copied.  `fn` is called once, on a later turn, unless the
 * operation is cancelled before. */
struct store_op *store_ask(struct store *store, const struct store_request *request, store_fn *fn,
                           void *owner);

/* The answer is not wanted any more: `fn` is not called.  A change that was asked for is still
 * made. */
void store_cancel(struct store_op *op);

/* Ends the store: what was asked is done or refused, and answered within the call.  Nulls *store;
 * NULL is harmless. */
void store_free(struct store **store);
