/* The cache in the store's SQLite file: a table of its own, whose oldest values make room. */
#pragma once

#include "store/backend.h"
#include "store/sqlite_file.h"

/* STORE_RECALL, STORE_CACHE and STORE_COUNT; SQLite's result codes.  On the store's thread. */
int sqlite_cache_recall(struct sqlite_file *file, struct store_op *op, int64_t now);
int sqlite_cache_keep(struct sqlite_file *file, struct store_op *op, int64_t now);
int sqlite_cache_count(struct sqlite_file *file, struct store_op *op, int64_t now);
