/* An SQLite file with the store's tables: opened when it is first wanted, made or brought up to
 * date, set aside when it is corrupt.  One thread's.
 *
 * Functions return SQLite's result codes; what was wrong stands in `why`. */
#pragma once

#include <sqlite3.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum sql {
    SQL_BEGIN,
    SQL_COMMIT,
    SQL_ROLLBACK,
    SQL_FORGET,       /* key, time: drops the key if it expires by then */
    SQL_ENTER,        /* key, when it expires -> the entry's id */
    SQL_ADD,          /* entry, data: at the end */
    SQL_TRIM,         /* entry, window */
    SQL_READ,         /* key, now, window -> data, newest first */
    SQL_KEYS,         /* least key, first key that is too great, now, window -> key */
    SQL_SWEEP,        /* now */
    SQL_RECALL,       /* key, now, ttl or 0 -> data */
    SQL_UNCACHE,      /* key */
    SQL_CACHE,        /* key, when it expires, data */
    SQL_CACHED,       /* -> entries, bytes */
    SQL_EVICT,        /* how many: the oldest */
    SQL_COUNT_CACHED, /* now -> entries that have not expired */
    SQL_SWEEP_CACHE,  /* now */
    SQL_COUNT,
};

struct sqlite_file {
    char *path;
    sqlite3 *db; /* NULL: not open */
    sqlite3_stmt *statements[SQL_COUNT];
    dev_t device; /* of the file that was opened last */
    ino_t inode;
    int64_t give_up_us;                 /* by the steady clock: waiting for locks ends then */
    atomic_bool hurry;                  /* set by any thread: no more waiting */
    int64_t cache_entries, cache_bytes; /* the most that the cache may hold; the owner sets them */
    char why[512];
    char *notice; /* what the log should be told, which only the loop's thread may; or NULL */
};

/* Readies a file in the caller's storage; opens nothing. */
void sqlite_file_init(struct sqlite_file *file, const char *path);

/* Closes it. */
void sqlite_file_fini(struct sqlite_file *file);

/* Opens the file unless it is open, and again when another was put in its place. */
int sqlite_file_ready(struct sqlite_file *file);

/* The statement, for binding, sqlite_file_step() and sqlite3_reset(). */
static inline sqlite3_stmt *sqlite_file_statement(struct sqlite_file *file, enum sql which)
{
    return file->statements[which];
}

/* Steps a statement: SQLITE_ROW, SQLITE_DONE or a failure. */
int sqlite_file_step(struct sqlite_file *file, enum sql which);

/* Runs a statement to its end. */
int sqlite_file_run(struct sqlite_file *file, enum sql which);

/* After a failure `code`: undoes what was begun; sets a corrupt file aside.  True when it is worth
 * trying again. */
bool sqlite_file_recover(struct sqlite_file *file, int code);
