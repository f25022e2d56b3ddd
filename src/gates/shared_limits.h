/* Counts of rate limits in Redis, which all servers share that use the same Redis, prefix, secret and
 * limits.
 *
 * What rate_take() does to a word is done there by one script: for all limits of a request at once,
 * by Redis' own clock.  The tables of this server count on beside it, and decide where Redis does
 * not answer in time, refuses, or talks nonsense.  What a limit counts under is named by a keyed
 * hash, so that Redis holds no addresses and no keys. */
#pragma once

#include "gates/limits.h"
#include "loop/loop.h"
#include "store/redis_link.h"

struct shared_limits;
struct shared_ask;

struct shared_limits_options {
    struct redis_link_options link; /* a connection of its own */
    const char *prefix;             /* of all keys */
    const char *secret;             /* of the hash; NULL: none, and who sees the keys may guess */
};

/* Connects to nothing yet; the texts of `options` live as long. */
struct shared_limits *shared_limits_new(struct loop *loop,
                                        const struct shared_limits_options *options);

/* Nobody asks any more; nulls *shared, NULL is harmless. */
void shared_limits_free(struct shared_limits **shared);

/* `check` is filled in. */
typedef void shared_limits_fn(void *owner);

/* Counts a request; `fn` is called once, on a later turn, unless shared_limits_cancel() comes before:
 * the request may be counted all the same. */
struct shared_ask *shared_limits_take(struct shared_limits *shared, struct limit_check *check,
                                      shared_limits_fn *fn, void *owner);

/* Nobody waits for the answer any more. */
void shared_limits_cancel(struct shared_ask *ask);
