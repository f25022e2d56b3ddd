#include "store/store.h"

#include <assert.h>
#include <string.h>

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

void store_end(struct store_op *op)
{
    struct arena *arena = op->arena;
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
