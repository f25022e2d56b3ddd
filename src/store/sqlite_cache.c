#include "store/sqlite_cache.h"

#include <inttypes.h>
#include <string.h>

/* Answers with one item of `len` bytes, which are copied. */
static void give_one(struct store_op *op, const char *data, size_t len)
{
    struct store_text *item = arena_alloc(op->arena, sizeof *item);
    *item = (struct store_text){arena_strndup(op->arena, data ? data : "", len), len};
    op->answer.items = item;
    op->answer.count = 1;
}

int sqlite_cache_recall(struct sqlite_file *file, struct store_op *op, int64_t now)
{
    sqlite3_stmt *statement = sqlite_file_statement(file, SQL_RECALL);
    struct store_text key = op->request.key;
    sqlite3_bind_blob64(statement, 1, key.data, key.len, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 2, now);
    sqlite3_bind_int64(statement, 3, op->request.ttl);
    int code = sqlite_file_step(file, SQL_RECALL);
    if (code == SQLITE_ROW) {
        size_t len = (size_t)sqlite3_column_bytes(statement, 0);
        give_one(op, sqlite3_column_blob(statement, 0), len);
    }
    sqlite3_reset(statement);
    return code == SQLITE_ROW || code == SQLITE_DONE ? SQLITE_OK : code;
}

static int read_total(struct sqlite_file *file, int64_t *entries, int64_t *bytes)
{
    sqlite3_stmt *statement = sqlite_file_statement(file, SQL_CACHED);
    int code = sqlite_file_step(file, SQL_CACHED);
    *entries = sqlite3_column_int64(statement, 0);
    *bytes = sqlite3_column_int64(statement, 1);
    sqlite3_reset(statement);
    return code == SQLITE_ROW ? SQLITE_OK : code;
}

/* Makes room for one more of `size` bytes. */
static int make_room(struct sqlite_file *file, int64_t size)
{
    int64_t entries, bytes;
    for (;;) {
        int code = read_total(file, &entries, &bytes);
        if (code || entries <= 0 ||
            (entries < file->cache_entries && bytes + size <= file->cache_bytes))
            return code;
        sqlite3_bind_int64(sqlite_file_statement(file, SQL_EVICT), 1, 1 + entries / 64);
        code = sqlite_file_run(file, SQL_EVICT);
        if (code)
            return code;
    }
}

static int drop_key(struct sqlite_file *file, struct store_text key)
{
    sqlite3_bind_blob64(sqlite_file_statement(file, SQL_UNCACHE), 1, key.data, key.len,
                        SQLITE_STATIC);
    return sqlite_file_run(file, SQL_UNCACHE);
}

static int add(struct sqlite_file *file, const struct store_request *request, int64_t now)
{
    sqlite3_stmt *statement = sqlite_file_statement(file, SQL_CACHE);
    const struct store_text *item = &request->items[0];
    sqlite3_bind_blob64(statement, 1, request->key.data, request->key.len, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 2, request->ttl > 0 ? now + request->ttl : INT64_MAX);
    sqlite3_bind_blob64(statement, 3, item->data, item->len, SQLITE_STATIC);
    return sqlite_file_run(file, SQL_CACHE);
}

int sqlite_cache_keep(struct sqlite_file *file, struct store_op *op, int64_t now)
{
    const struct store_request *request = &op->request;
    int64_t size = (int64_t)(request->key.len + request->items[0].len);
    if (size > file->cache_bytes)
        return SQLITE_OK; /* it would not be kept */
    int code = sqlite_file_run(file, SQL_BEGIN);
    if (!code)
        code = drop_key(file, request->key);
    if (!code)
        code = make_room(file, size);
    if (!code)
        code = add(file, request, now);
    return code ? code : sqlite_file_run(file, SQL_COMMIT);
}

int sqlite_cache_count(struct sqlite_file *file, struct store_op *op, int64_t now)
{
    sqlite3_stmt *statement = sqlite_file_statement(file, SQL_COUNT_CACHED);
    sqlite3_bind_int64(statement, 1, now);
    int code = sqlite_file_step(file, SQL_COUNT_CACHED);
    if (code == SQLITE_ROW) {
        const char *digits =
            arena_printf(op->arena, "%" PRId64, (int64_t)sqlite3_column_int64(statement, 0));
        give_one(op, digits, strlen(digits));
    }
    sqlite3_reset(statement);
    return code == SQLITE_ROW ? SQLITE_OK : code;
}
