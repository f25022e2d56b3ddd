#include "store/store.h"

#include <assert.h>
#include <string.h>

#include "base/log.h"
#include "store/backend.h"

static struct store_text keep(struct arena *arena, struct store_text text)
{
    return (struct store_text){arena_strndup(arena, text.data ? text.data : "", text.len),
                               text.len};
}

struct store_op *store_ask(struct store *store, const struct store_request *request, store_fn *fn,
                           void *owner)
{
    assert(!store->closing && request->key.len <= STORE_MAX_KEY);
    struct arena *arena = arena_new(0);
    struct store_op *op = arena_zalloc(arena, sizeof *op);
    struct store_text *items = arena_alloc(arena, (request->count + 1) * sizeof *items);
    for (size_t i = 0; i < request->count; i++)
        items[i] = keep(arena, request->items[i]);
    *op = (struct store_op){
        .arena = arena, .store = store, .request = *request, .fn = fn, .owner = owner};
    op->request.key = keep(arena, request->key);
    op->request.items = items;
    store->backend->begin(store, op);
    return op;
}

void store_cancel(struct store_op *op)
{
    op->fn = NULL;
}

static bool is_change(enum store_verb verb)
{
    return verb == STORE_SET || verb == STORE_APPEND || verb == STORE_DELETE || verb == STORE_CACHE;
}

/* Who does without the store says nothing: that it fails is told once.  A store may be read that
 * takes nothing (a full disk, a Redis without memory). */
static void tell_change(struct store *store, enum store_verb verb,
                        const struct store_answer *answer)
{
    if (answer->err == LS_STORE) {
        store->keeping_fails = store->keeping_fails || is_change(verb);
        const struct log_field message = log_said("message", answer->message);
        if (outage_begins(&store->outage)) /* Redis quotes what it was asked */
            log_fields(LOG_ERROR, "store_failed", &message, 1);
    } else if (answer->err == LS_OK) {
        store->keeping_fails = store->keeping_fails && !is_change(verb);
        if (!store->keeping_fails && outage_ends(&store->outage))
            log_event(LOG_INFO, "store_back", "the store can be used again");
    }
}

void store_end(struct store_op *op)
{
    struct arena *arena = op->arena;
    tell_change(op->store, op->request.verb, &op->answer);
    if (op->fn)
        op->fn(op->owner, &op->answer);
    arena_free(&arena);
}

void store_fail(struct store_op *op, enum ls_err err, const char *message)
{
    op->answer = (struct store_answer){.err = err, .message = message};
}

void store_free(struct store **store)
{
    struct store *old = *store;
    *store = NULL;
    if (!old)
        return;
    old->closing = true;
    old->backend->free(old);
}
