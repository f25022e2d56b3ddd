#include "gates/key_ring.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"

struct key_ring {
    struct loop *loop;
    struct store *store;
    struct store_op *op; /* a look at the store that is under way, or NULL */
    struct key_set *set; /* owned; NULL: none was read yet */
    char *last;          /* item of the log that `set` was read of; owned */
    size_t last_len;
    int64_t read_at, failed_at; /* by the loop's clock */
    bool failing;               /* the last look failed */
    struct link waiters;
};

struct key_ring *key_ring_new(struct loop *loop, struct store *store)
{
    struct key_ring *ring = mem_zalloc(1, sizeof *ring);
    ring->loop = loop;
    ring->store = store;
    list_init(&ring->waiters);
    return ring;
}

void key_ring_free(struct key_ring **ring)
{
    if (!*ring)
        return;
    assert(list_is_empty(&(*ring)->waiters));
    if ((*ring)->op)
        store_cancel((*ring)->op);
    key_set_rele((*ring)->set);
    free((*ring)->last);
    free(*ring);
    *ring = NULL;
}

/* The look is over: those that waited for it ask again. */
static void settle(struct key_ring *ring)
{
    struct link now, *l;
    ring->op = NULL;
    list_init(&now);
    list_append_all(&now, &ring->waiters);
    while ((l = list_take_first(&now))) {
        struct key_waiter *waiter = container_of(l, struct key_waiter, link);
        waiter->fn(waiter);
    }
}

static void fail(struct key_ring *ring, const struct store_answer *answer)
{
    const struct log_field message = log_said("message", answer->message);
    if (!ring->failing)
        log_fields(LOG_ERROR, "keys_unread", &message, 1);
    ring->failing = true;
    ring->failed_at = loop_now(ring->loop);
    settle(ring);
}

static void succeed(struct key_ring *ring)
{
    ring->failing = false;
    ring->read_at = loop_now(ring->loop);
    settle(ring);
}

static void ask(struct key_ring *ring, size_t window, store_fn *fn)
{
    const struct store_request request = {.verb = STORE_READ,
                                          .key = {KEY_LOG, sizeof KEY_LOG - 1},
                                          .window = window};
    ring->op = store_ask(ring->store, &request, fn, ring);
}

static void on_all(void *owner, const struct store_answer *answer)
{
    struct key_ring *ring = owner;
    if (answer->err) {
        fail(ring, answer);
        return;
    }
    key_set_rele(ring->set);
    free(ring->last);
    ring->set = key_set_read(answer->items, answer->count);
    const struct store_text *last = answer->count ? &answer->items[answer->count - 1] : NULL;
    ring->last = last ? mem_strndup(last->data, last->len) : NULL;
    ring->last_len = last ? last->len : 0;
    succeed(ring);
}

static bool is_news(const struct key_ring *ring, const struct store_answer *answer)
{
    if (!ring->set || (answer->count == 0) != !ring->last)
        return true;
    return ring->last && (answer->items[0].len != ring->last_len ||
                          memcmp(answer->items[0].data, ring->last, ring->last_len) != 0);
}

static void on_last(void *owner, const struct store_answer *answer)
{
    struct key_ring *ring = owner;
    if (answer->err)
        fail(ring, answer);
    else if (is_news(ring, answer))
        ask(ring, 0, on_all);
    else
        succeed(ring);
}

/* Looks at the store, unless that is under way or has just failed. */
static void look(struct key_ring *ring)
{
    bool just_failed = ring->failing && loop_now(ring->loop) - ring->failed_at < KEY_RING_LOOK_MS;
    if (!ring->op && !just_failed)
        ask(ring, 1, on_last);
}

static void on_forgotten(void *ptr)
{
    key_set_rele(ptr);
}

enum key_news key_ring_find(struct key_ring *ring, const unsigned char digest[DIGEST_LEN],
                            struct arena *arena, const struct api_key **key)
{
    *key = ring->set ? key_set_find(ring->set, digest) : NULL;
    int64_t age = ring->set ? loop_now(ring->loop) - ring->read_at : INT64_MAX;
    bool known = age <= (*key ? KEY_RING_TRUST_MS : KEY_RING_DOUBT_MS);
    if (age > KEY_RING_LOOK_MS || !known)
        look(ring);
    known |= *key && ring->failing && age <= KEY_RING_GRACE_MS;
    if (!known)
        return ring->op ? KEY_WAIT : KEY_FAILED;
    if (*key)
        arena_defer(arena, on_forgotten, key_set_hold(ring->set));
    return KEY_KNOWN;
}

void key_ring_wait(struct key_ring *ring, struct key_waiter *waiter)
{
    assert(ring->op);
    list_append(&ring->waiters, &waiter->link);
}
