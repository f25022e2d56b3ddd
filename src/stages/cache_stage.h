/* One run of a cached runnable. */
#pragma once

#include "stages/cache.h"
#include "stages/cache_key.h"
#include "stages/wrapper.h"

struct cached {
    struct wrapper wrapper;
    int64_t ttl;
    char *mark, *identity;
    bool messages;
    struct cache_reads *reads;
};

/* For runnable_ops.open. */
struct sink *cache_stage_open(const struct runnable *runnable, struct scope *scope,
                              const struct call *call, struct sink *out);
