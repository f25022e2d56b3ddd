/* For tests of gates: a virtual loop, and a store whose log of keys lies in memory. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gates/key_ring.h"
#include "store/backend.h"

struct key_stand {
    struct store store;
    struct loop *loop;
    struct key_ring *ring;
    struct arena *arena; /* of what was found */
    char *log[16];
    size_t count;
    bool fails;
    unsigned looks, reads; /* of the last item, and of all */
    struct store_op *op;
    struct task task;
};

static inline void stand_answer(struct task *task)
{
    struct key_stand *stand = container_of(task, struct key_stand, task);
    struct store_op *op = stand->op;
    size_t all = stand->count, given = op->request.window == 1 && all > 1 ? 1 : all;
    struct store_text *items = arena_alloc(op->arena, (given + 1) * sizeof *items);
    for (size_t i = 0; i < given; i++) {
        const char *item = stand->log[all - given + i];
        items[i] = (struct store_text){item, strlen(item)};
    }
    op->answer = (struct store_answer){.items = items, .count = given};
    if (stand->fails)
        store_fail(op, LS_STORE, "locked");
    stand->op = NULL;
    store_end(op);
}

static inline void stand_begin(struct store *store, struct store_op *op)
{
    struct key_stand *stand = container_of(store, struct key_stand, store);
    assert_null(stand->op);
    assert_int_equal(op->request.verb, STORE_READ);
    if (op->request.window == 1)
        stand->looks++;
    else
        stand->reads++;
    stand->op = op;
    loop_soon(stand->loop, &stand->task);
}

static const struct store_backend stand_backend = {.begin = stand_begin};

static inline int key_stand_open(void **state)
{
    struct key_stand *stand = calloc(1, sizeof *stand);
    stand->store.backend = &stand_backend;
    stand->loop = loop_new_virtual();
    stand->ring = key_ring_new(stand->loop, &stand->store);
    stand->arena = arena_new(0);
    task_init(&stand->task, stand_answer);
    *state = stand;
    return 0;
}

static inline int key_stand_close(void **state)
{
    struct key_stand *stand = *state;
    key_ring_free(&stand->ring);
    loop_advance(stand->loop, 0); /* what the store still has to say */
    arena_free(&stand->arena);
    loop_free(&stand->loop);
    for (size_t i = 0; i < stand->count; i++)
        free(stand->log[i]);
    free(stand);
    return 0;
}

/* The digest of a key's text. */
static inline const unsigned char *stand_digest(const char *text)
{
    static unsigned char digest[DIGEST_LEN];
    digest_bytes(digest, text, strlen(text));
    return digest;
}

/* Gives `name` the key `text`. */
static inline void stand_add(struct key_stand *stand, const char *name, const char *text)
{
    struct api_key key = {.name = name};
    memcpy(key.digest, stand_digest(text), DIGEST_LEN);
    stand->log[stand->count++] = key_log_add(&key);
}

static inline void stand_revoke(struct key_stand *stand, const char *name)
{
    stand->log[stand->count++] = key_log_revoke(name, 1);
}
