#include "store/sqlite.h"

#include <signal.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/process.h"
#include "loop/thread.h"
#include "store/backend.h"
#include "store/sqlite_cache.h"
#include "store/sqlite_file.h"
#include "store/sqlite_sweep.h"

struct sqlite_store {
    struct store store;
    struct loop *loop;
    struct thread *thread;   /* NULL until the first request */
    int64_t busy_timeout;    /* ms */
    struct sqlite_file file; /* the thread's, as is what follows */
    struct sqlite_sweeper sweeper;
};

/* An operation on its way to the thread and back. */
struct sqlite_job {
    struct job job;
    struct task refusal; /* when there is no thread to do it */
    struct sqlite_store *store;
    struct store_op *op;
    int64_t give_up_us;
    char *notice; /* for the log, or NULL; owned */
};

static void bind_text(sqlite3_stmt *statement, int index, struct store_text text)
{
    sqlite3_bind_blob64(statement, index, text.data, text.len, SQLITE_STATIC);
}

/* Drops the key if it expires by `time`. */
static int forget(struct sqlite_file *file, struct store_text key, int64_t time)
{
    sqlite3_stmt *statement = sqlite_file_statement(file, SQL_FORGET);
    bind_text(statement, 1, key);
    sqlite3_bind_int64(statement, 2, time);
    return sqlite_file_run(file, SQL_FORGET);
}

/* The id of the key's entry, which now expires in `ttl` ms. */
static int enter(struct sqlite_file *file, const struct store_request *request, int64_t now,
                 int64_t *entry)
{
    sqlite3_stmt *statement = sqlite_file_statement(file, SQL_ENTER);
    bind_text(statement, 1, request->key);
    if (request->ttl > 0)
        sqlite3_bind_int64(statement, 2, now + request->ttl);
    else
        sqlite3_bind_null(statement, 2);
    int code = sqlite_file_step(file, SQL_ENTER);
    if (code == SQLITE_ROW) {
        *entry = sqlite3_column_int64(statement, 0);
        return sqlite_file_run(file, SQL_ENTER);
    }
    sqlite3_reset(statement);
    return code;
}

static int add(struct sqlite_file *file, int64_t entry, struct store_text item)
{
    sqlite3_stmt *statement = sqlite_file_statement(file, SQL_ADD);
    sqlite3_bind_int64(statement, 1, entry);
    bind_text(statement, 2, item);
    return sqlite_file_run(file, SQL_ADD);
}

static int trim(struct sqlite_file *file, int64_t entry, size_t window)
{
    sqlite3_stmt *statement = sqlite_file_statement(file, SQL_TRIM);
    sqlite3_bind_int64(statement, 1, entry);
    sqlite3_bind_int64(statement, 2, (int64_t)window);
    return sqlite_file_run(file, SQL_TRIM);
}

/* SET and APPEND: the items are added to what is there, of which a SET leaves nothing. */
static int write_items(struct sqlite_file *file, struct store_op *op, int64_t now)
{
    const struct store_request *request = &op->request;
    int64_t entry = 0;
    int code = sqlite_file_run(file, SQL_BEGIN);
    if (!code)
        code = forget(file, request->key, request->verb == STORE_SET ? INT64_MAX : now);
    if (!code)
        code = enter(file, request, now, &entry);
    for (size_t i = 0; i < request->count && !code; i++)
        code = add(file, entry, request->items[i]);
    if (!code && request->window > 0)
        code = trim(file, entry, request->window);
    return code ? code : sqlite_file_run(file, SQL_COMMIT);
}

/* What was read: of a list newest first. */
struct rows {
    struct store_text *items;
    size_t count, bytes;
};

/* Adds the row's item; false when the answer would be too big. */
static bool take_row(struct store_op *op, sqlite3_stmt *statement, struct rows *rows)
{
    size_t len = (size_t)sqlite3_column_bytes(statement, 0);
    const char *data = sqlite3_column_blob(statement, 0);
    rows->bytes += len;
    if (rows->bytes > STORE_MAX_READ && rows->count > 0)
        return false;
    rows->items = mem_resize(rows->items, rows->count + 1, sizeof *rows->items);
    rows->items[rows->count++] =
        (struct store_text){arena_strndup(op->arena, data ? data : "", len), len};
    return true;
}

/* Answers with what was read, turned round. */
static void give(struct store_op *op, struct rows *rows)
{
    struct store_text *items = arena_alloc(op->arena, (rows->count + 1) * sizeof *items);
    struct store_text *next = items;
    while (rows->count > 0)
        *next++ = rows->items[--rows->count];
    op->answer.items = items;
    op->answer.count = (size_t)(next - items);
    free(rows->items);
}

/* GET and READ. */
static int read_items(struct sqlite_file *file, struct store_op *op, int64_t now)
{
    const struct store_request *request = &op->request;
    size_t window = request->verb == STORE_GET ? 1 : request->window;
    struct rows rows = {0};
    sqlite3_stmt *statement = sqlite_file_statement(file, SQL_READ);
    bind_text(statement, 1, request->key);
    sqlite3_bind_int64(statement, 2, now);
    sqlite3_bind_int64(statement, 3, window > 0 ? (int64_t)window : -1);
    int code;
    do
        code = sqlite_file_step(file, SQL_READ);
    while (code == SQLITE_ROW && take_row(op, statement, &rows));
    sqlite3_reset(statement);
    give(op, &rows);
    return code == SQLITE_ROW || code == SQLITE_DONE ? SQLITE_OK : code;
}

/* The first text behind all that begin with `prefix`, which does not end in a byte of 255. */
static struct store_text behind_prefix(struct arena *arena, struct store_text prefix)
{
    char *text = arena_strndup(arena, prefix.data, prefix.len);
    if (prefix.len > 0)
        text[prefix.len - 1]++;
    return (struct store_text){text, prefix.len};
}

static int read_keys(struct sqlite_file *file, struct store_op *op, int64_t now)
{
    const struct store_request *request = &op->request;
    struct rows rows = {0};
    sqlite3_stmt *statement = sqlite_file_statement(file, SQL_KEYS);
    struct store_text least = request->key;
    if (request->count > 0) /* its text and a NUL: the least that is greater */
        least = (struct store_text){request->items[0].data, request->items[0].len + 1};
    bind_text(statement, 1, least);
    bind_text(statement, 2, behind_prefix(op->arena, request->key));
    sqlite3_bind_int64(statement, 3, now);
    sqlite3_bind_int64(statement, 4, request->window > 0 ? (int64_t)request->window : -1);
    int code;
    do
        code = sqlite_file_step(file, SQL_KEYS);
    while (code == SQLITE_ROW && take_row(op, statement, &rows));
    sqlite3_reset(statement);
    struct store_text *items = arena_alloc(op->arena, (rows.count + 1) * sizeof *items);
    for (size_t i = 0; i < rows.count; i++)
        items[i] = rows.items[i];
    op->answer.items = items;
    op->answer.count = rows.count;
    free(rows.items);
    return code == SQLITE_ROW || code == SQLITE_DONE ? SQLITE_OK : code;
}

static int delete_key(struct sqlite_file *file, struct store_op *op, int64_t now)
{
    (void)now;
    return forget(file, op->request.key, INT64_MAX);
}

static int perform(struct sqlite_file *file, struct store_op *op)
{
    static int (*const verbs[])(struct sqlite_file *, struct store_op *, int64_t now) = {
        [STORE_GET] = read_items,
        [STORE_SET] = write_items,
        [STORE_APPEND] = write_items,
        [STORE_READ] = read_items,
        [STORE_DELETE] = delete_key,
        [STORE_KEYS] = read_keys,
        [STORE_RECALL] = sqlite_cache_recall,
        [STORE_CACHE] = sqlite_cache_keep,
        [STORE_COUNT] = sqlite_cache_count,
    };
    op->answer = (struct store_answer){.err = LS_OK};
    int code = sqlite_file_ready(file);
    return code ? code : verbs[op->request.verb](file, op, clock_wall_us() / 1000);
}

static void work(struct job *job)
{
    struct sqlite_job *asked = container_of(job, struct sqlite_job, job);
    struct sqlite_file *file = &asked->store->file;
    struct store_op *op = asked->op;
    file->give_up_us = asked->give_up_us;
    int code = perform(file, op);
    if (code && sqlite_file_recover(file, code)) {
        code = perform(file, op);
        if (code)
            (void)sqlite_file_recover(file, code);
    }
    if (code)
        store_fail(op, code == SQLITE_TOOBIG ? LS_TOO_BIG : LS_STORE,
                   arena_strdup(op->arena, file->why));
    else
        sqlite_sweep(&asked->store->sweeper, file);
    asked->notice = file->notice;
    file->notice = NULL;
}

static void done(struct job *job)
{
    struct sqlite_job *asked = container_of(job, struct sqlite_job, job);
    if (asked->notice)
        log_event(LOG_ERROR, "store_corrupt", "%s", asked->notice);
    free(asked->notice);
    store_end(asked->op);
}

static void refuse(struct task *task)
{
    struct store_op *op = container_of(task, struct sqlite_job, refusal)->op;
    store_fail(op, LS_SYSTEM, "the system refuses the store a thread");
    store_end(op);
}

static void sqlite_begin(struct store *base, struct store_op *op)
{
    struct sqlite_store *store = container_of(base, struct sqlite_store, store);
    struct sqlite_job *asked = arena_zalloc(op->arena, sizeof *asked);
    asked->job = (struct job){.work = work, .done = done};
    asked->store = store;
    asked->op = op;
    asked->give_up_us = clock_steady_us() + store->busy_timeout * 1000;
    if (!store->thread)
        store->thread = thread_new(store->loop);
    task_init(&asked->refusal, refuse);
    if (store->thread)
        thread_do(store->thread, &asked->job);
    else
        loop_soon(store->loop, &asked->refusal);
}

static void sqlite_free(struct store *base)
{
    struct sqlite_store *store = container_of(base, struct sqlite_store, store);
    atomic_store(&store->file.hurry, true);
    thread_free(&store->thread);
    sqlite_file_fini(&store->file);
    free(store);
}

static const struct store_backend sqlite_backend = {sqlite_begin, sqlite_free};

struct store *sqlite_store_new(struct loop *loop, const struct sqlite_options *options)
{
    struct sqlite_store *store = mem_zalloc(1, sizeof *store);
    process_ignore(SIGXFSZ); /* a file that has grown to a limit of the process */
    store->store.backend = &sqlite_backend;
    store->loop = loop;
    store->busy_timeout = options->busy_timeout;
    sqlite_sweeper_init(&store->sweeper);
    sqlite_file_init(&store->file, options->path);
    store->file.cache_entries = options->cache_entries;
    store->file.cache_bytes = options->cache_bytes;
    return &store->store;
}
