/* The store in a Redis server (6.2 or later), shared by all processes that use the same prefix. */
#pragma once

#include "loop/loop.h"
#include "store/redis_link.h"
#include "store/store.h"

struct redis_options {
    struct redis_link_options link;
    const char *prefix; /* of all keys */
};

/* A store on `loop`.  Nothing is connected before the first request, so a process that only holds
 * it may fork. */
struct store *redis_store_new(struct loop *loop, const struct redis_options *options);
