/* Whether the server lives, and whether it is ready: /health, /ready and their other names.
 *
 * What readiness depends on is asked for once in a while and remembered, so that asking costs
 * nothing and no provider is asked more often than wanted. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "run/runnable.h"

struct health;
struct service;

/* A chain or model that is run once at the start. */
struct warm_up {
    const char *name;
    const struct runnable *runnable;
    json_t *input;
};

/* A chain or model whose models must answer for the server to be ready. */
struct watched_model {
    const char *name;
    const struct runnable *runnable;
};

/* What an app says of it; everything is the app's. */
struct health_options {
    const struct warm_up *warm_ups;
    size_t warm_up_count;
    int64_t patience; /* ms that they may take */
    const struct watched_model *models;
    size_t model_count;
    int64_t every, timeout; /* ms between two questions, and for an answer */
    bool store;             /* whether the store must work */
};

/* Begins to look; `on_warm` (NULL: nobody) is called once, when all warm-ups have ended, well or
 * not, within the call when there are none. */
struct health *health_new(struct service *service, const struct health_options *options,
                          void (*on_warm)(void *owner), void *owner);

/* Ends it, and what it asks; nulls *health; NULL is harmless. */
void health_free(struct health **health);

/* Prints what is wrong, or nothing: "model gpt: …; store: …". */
struct buf;
void health_faults(const struct health *health, struct buf *out);
