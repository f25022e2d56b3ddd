/* What a backend of the store sees of it. */
#pragma once

#include <stdbool.h>

#include "base/arena.h"
#include "base/list.h"
#include "base/outage.h"
#include "store/store.h"

struct store_backend {
    /* Begins an operation; leads to exactly one store_end(), on a later turn. */
    void (*begin)(struct store *store, struct store_op *op);
    /* Ends all operations under way and frees the store. */
    void (*free)(struct store *store);
};

/* The common part of a store; a backend's embeds it. */
struct store {
    const struct store_backend *backend;
    bool closing;       /* store_free() is at work: nothing new is asked */
    bool keeping_fails; /* the last change that was asked for has failed */
    struct outage outage;
};

struct store_op {
    struct arena *arena; /* of the operation and of its answer */
    struct store *store;
    struct store_request request; /* a copy of its own */
    struct store_answer answer;   /* filled in before store_end() */
    store_fn *fn;                 /* NULL once cancelled; the loop's alone */
    void *owner;
};

/* Answers the operation and frees it. */
void store_end(struct store_op *op);

/* Fills in a failure; `message` lives as long as the operation. */
void store_fail(struct store_op *op, enum ls_err err, const char *message);
