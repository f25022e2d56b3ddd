/* The store in an SQLite file, shared by the processes of one machine. */
#pragma once

#include "loop/loop.h"
#include "store/store.h"

struct sqlite_options {
    const char *path;                   /* made when it is not there, with the folder it is in */
    int64_t busy_timeout;               /* ms that a request may wait for what others have locked */
    int64_t cache_entries, cache_bytes; /* the most that the cache may hold */
};

/* A store on `loop`.  Nothing is opened, and no thread started, before the first request, so a
 * process that only holds it may fork. */
struct store *sqlite_store_new(struct loop *loop, const struct sqlite_options *options);
