/* For tests of the store: a folder of their own, and requests that are waited for. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "loop/loop.h"
#include "store/redis.h"
#include "store/sqlite.h"

struct store_stand {
    char folder[64], path[96];
    const char *redis; /* "unix:PATH" of a server; NULL: the store is an SQLite file */
    struct loop *loop;
    struct store *store;
    enum ls_err err; /* how the last request ended, and what it gave: "a|b|c" */
    char message[512];
    struct buf given;
    size_t count;
    unsigned answers;
};

static inline struct store *stand_store_new(struct store_stand *stand)
{
    const struct sqlite_options options = {
        .path = stand->path, .busy_timeout = 50, .cache_entries = 4, .cache_bytes = 1 << 20};
    const struct redis_options redis = {
        .link = {.target = {.host = stand->redis}, .connect_timeout = 5000, .timeout = 20000},
        .prefix = stand->folder};
    return stand->redis ? redis_store_new(stand->loop, &redis)
                        : sqlite_store_new(stand->loop, &options);
}

static inline void store_stand_init(struct store_stand *stand, struct loop *loop, const char *redis)
{
    memset(stand, 0, sizeof *stand);
    stand->redis = redis;
    strcpy(stand->folder, "/tmp/langserved-store-XXXXXX");
    assert_non_null(mkdtemp(stand->folder));
    snprintf(stand->path, sizeof stand->path, "%s/own/store.db", stand->folder);
    buf_init(&stand->given, 64 << 20);
    stand->loop = loop;
    stand->store = stand_store_new(stand);
}

static inline int remove_entry(const char *path, const struct stat *found, int kind,
                               struct FTW *where)
{
    (void)found, (void)kind, (void)where;
    return remove(path);
}

static inline void store_stand_fini(struct store_stand *stand)
{
    store_free(&stand->store);
    buf_fini(&stand->given);
    loop_free(&stand->loop);
    nftw(stand->folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static inline struct store_text text_of(const char *text)
{
    return (struct store_text){text, strlen(text)};
}

static inline void stand_answered(void *owner, const struct store_answer *answer)
{
    struct store_stand *stand = owner;
    stand->answers++;
    stand->err = answer->err;
    stand->count = answer->count;
    snprintf(stand->message, sizeof stand->message, "%s", answer->message ? answer->message : "");
    buf_reset(&stand->given);
    for (size_t i = 0; i < answer->count; i++) {
        buf_add(&stand->given, "|", i > 0);
        buf_add(&stand->given, answer->items[i].data, answer->items[i].len);
    }
}

/* Asks `store` and waits for the answer, which is then in the stand. */
static inline void stand_ask_of(struct store_stand *stand, struct store *store,
                                const struct store_request *request)
{
    unsigned before = stand->answers;
    store_ask(store, request, stand_answered, stand);
    assert_int_equal(stand->answers, before);
    loop_run(stand->loop);
    assert_int_equal(stand->answers, before + 1);
}

/* A request about one item of text, or none. */
static inline enum ls_err stand_do(struct store_stand *stand, enum store_verb verb, const char *key,
                                   const char *item)
{
    struct store_text items[] = {text_of(item ? item : "")};
    const struct store_request request = {
        .verb = verb, .key = text_of(key), .items = items, .count = item ? 1 : 0};
    stand_ask_of(stand, stand->store, &request);
    return stand->err;
}

/* The list under `key` must be this. */
static inline void assert_list(struct store_stand *stand, const char *key, const char *wanted)
{
    assert_int_equal(stand_do(stand, STORE_READ, key, NULL), LS_OK);
    assert_string_equal(buf_str(&stand->given), wanted);
}
