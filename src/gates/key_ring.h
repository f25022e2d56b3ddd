/* The keys of the store, as a worker knows them.
 *
 * A worker keeps a copy of all keys, so that no request asks the store for its own: what is wrong
 * costs neither a read nor memory, however much of it comes.  While requests come in, the last
 * item of the store's log is looked at twice a second; only when that has changed are the keys
 * read again.  So a revoked key ends within KEY_RING_TRUST_MS.  A key that the copy lacks may be a
 * new one: it is refused only by a copy of KEY_RING_DOUBT_MS at most; the request waits for one,
 * all such for the same.
 *
 * When the store fails, keys that were there stay good for KEY_RING_GRACE_MS. */
#pragma once

#include "base/list.h"
#include "gates/key_set.h"
#include "loop/loop.h"

enum {
    KEY_RING_TRUST_MS = 1000,
    KEY_RING_LOOK_MS = 500,
    KEY_RING_DOUBT_MS = 100,
    KEY_RING_GRACE_MS = 60000,
};

struct key_ring;

/* A ring of the keys of `store` (borrowed); nothing is read before it is asked. */
struct key_ring *key_ring_new(struct loop *loop, struct store *store);

/* Nobody waits any more; nulls *ring, NULL is harmless. */
void key_ring_free(struct key_ring **ring);

enum key_news {
    KEY_KNOWN,  /* *key is it, or NULL: there is none */
    KEY_WAIT,   /* key_ring_wait(), then ask again */
    KEY_FAILED, /* the store cannot say */
};

/* Asks for the key of a digest, which then lives as long as `arena`. */
enum key_news key_ring_find(struct key_ring *ring, const unsigned char digest[DIGEST_LEN],
                            struct arena *arena, const struct api_key **key);

/* Someone who waits for news; lives in its owner. */
struct key_waiter {
    struct link link;
    void (*fn)(struct key_waiter *waiter);
};

/* After KEY_WAIT: calls waiter->fn, once, on a later turn; list_remove(&waiter->link) ends it. */
void key_ring_wait(struct key_ring *ring, struct key_waiter *waiter);
