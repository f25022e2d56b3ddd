#include "store/sqlite_file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "store/sqlite_schema.h"

static const char *const texts[SQL_COUNT] = {
    [SQL_BEGIN] = "BEGIN IMMEDIATE",
    [SQL_COMMIT] = "COMMIT",
    [SQL_ROLLBACK] = "ROLLBACK",
    [SQL_FORGET] =
        "DELETE FROM entry WHERE key = ?1 AND coalesce(expires, 9223372036854775807) <= ?2",
    [SQL_ENTER] = "INSERT INTO entry (key, expires) VALUES (?1, ?2)"
                  " ON CONFLICT (key) DO UPDATE SET expires = excluded.expires RETURNING id",
    [SQL_ADD] = "INSERT INTO item (entry, place, data) VALUES"
                " (?1, (SELECT coalesce(max(place), 0) + 1 FROM item WHERE entry = ?1), ?2)",
    [SQL_TRIM] = "DELETE FROM item WHERE entry = ?1"
                 " AND place <= (SELECT max(place) FROM item WHERE entry = ?1) - ?2",
    [SQL_READ] = "SELECT data FROM item WHERE entry = (SELECT id FROM entry WHERE key = ?1"
                 " AND coalesce(expires, 9223372036854775807) > ?2)"
                 " ORDER BY place DESC LIMIT ?3",
    [SQL_KEYS] = "SELECT key FROM entry WHERE key >= ?1 AND key < ?2"
                 " AND coalesce(expires, 9223372036854775807) > ?3 ORDER BY key LIMIT ?4",
    [SQL_SWEEP] = "DELETE FROM entry WHERE id IN"
                  " (SELECT id FROM entry WHERE expires <= ?1 LIMIT 1000)",
    [SQL_RECALL] = "SELECT data FROM cache WHERE key = ?1 AND expires > ?2 "
                   "AND (?3 = 0 OR expires <= ?2 + ?3)",
    [SQL_UNCACHE] = "DELETE FROM cache WHERE key = ?1",
    [SQL_CACHE] = "INSERT INTO cache (key, expires, data) VALUES (?1, ?2, ?3)",
    [SQL_CACHED] = "SELECT entries, bytes FROM cache_total",
    [SQL_EVICT] = "DELETE FROM cache WHERE id IN (SELECT id FROM cache ORDER BY id LIMIT ?1)",
    [SQL_COUNT_CACHED] = "SELECT count(*) FROM cache WHERE expires > ?1",
    [SQL_SWEEP_CACHE] = "DELETE FROM cache WHERE id IN"
                        " (SELECT id FROM cache WHERE expires <= ?1 LIMIT 1000)",
};

void sqlite_file_init(struct sqlite_file *file, const char *path)
{
    *file = (struct sqlite_file){.path = mem_strdup(path)};
    atomic_init(&file->hurry, false);
}

static void close_file(struct sqlite_file *file)
{
    for (int i = 0; i < SQL_COUNT; i++)
        sqlite3_finalize(file->statements[i]);
    memset(file->statements, 0, sizeof file->statements);
    sqlite3_close(file->db);
    file->db = NULL;
}

void sqlite_file_fini(struct sqlite_file *file)
{
    close_file(file);
    free(file->notice);
    free(file->path);
}

/* Remembers what SQLite says of a failure; returns `code`. */
static int tell(struct sqlite_file *file, int code)
{
    snprintf(file->why, sizeof file->why, "%s: %s", file->path,
             file->db ? sqlite3_errmsg(file->db) : sqlite3_errstr(code));
    return code;
}

static int tell_system(struct sqlite_file *file, const char *what)
{
    snprintf(file->why, sizeof file->why, "%s: %s: %s", file->path, what, strerror(errno));
    return SQLITE_CANTOPEN;
}

/* SQLite asks whether to wait on for a lock. */
static int on_busy(void *owner, int times)
{
    struct sqlite_file *file = owner;
    if (clock_steady_us() >= file->give_up_us || atomic_load(&file->hurry))
        return 0;
    const struct timespec pause = {.tv_nsec = times < 10 ? 1000000 : 10000000};
    nanosleep(&pause, NULL);
    return 1;
}

/* A descriptor of the file's folder with a lock on it (LOCK_SH while the file is opened, LOCK_EX
 * while it is set aside), or -1 when there can be none. */
static int lock_folder(const struct sqlite_file *file, int how)
{
    const char *slash = strrchr(file->path, '/');
    char *folder = slash ? mem_strndup(file->path, (size_t)(slash - file->path)) : mem_strdup(".");
    int fd = open(*folder ? folder : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(folder);
    if (fd >= 0)
        flock(fd, how);
    return fd;
}

static void unlock_folder(int fd)
{
    if (fd >= 0)
        close(fd);
}

static int make_folder(struct sqlite_file *file)
{
    const char *slash = strrchr(file->path, '/');
    if (!slash || slash == file->path)
        return SQLITE_OK;
    char *folder = mem_strndup(file->path, (size_t)(slash - file->path));
    int failed = mkdir(folder, 0700);
    free(folder);
    return failed && errno != EEXIST ? tell_system(file, "its folder cannot be made") : SQLITE_OK;
}

/* Makes the file if it is not there, so that nobody else may read it, and notes which it is. */
static int make_file(struct sqlite_file *file)
{
    struct stat found;
    int fd = open(file->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 && errno != EEXIST)
        return tell_system(file, "it cannot be made");
    if (fd >= 0)
        close(fd);
    if (stat(file->path, &found) != 0)
        return tell_system(file, "it cannot be found");
    file->device = found.st_dev;
    file->inode = found.st_ino;
    return SQLITE_OK;
}

static int prepare(struct sqlite_file *file)
{
    int code = SQLITE_OK;
    for (int i = 0; i < SQL_COUNT && !code; i++)
        code = sqlite3_prepare_v3(file->db, texts[i], -1, SQLITE_PREPARE_PERSISTENT,
                                  &file->statements[i], NULL);
    return code;
}

static int set_up(struct sqlite_file *file)
{
    sqlite3_extended_result_codes(file->db, 1);
    sqlite3_busy_handler(file->db, on_busy, file);
    sqlite3_db_config(file->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(file->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    int code = sqlite3_exec(file->db,
                            "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
                            "PRAGMA foreign_keys = ON; PRAGMA journal_size_limit = 16777216",
                            NULL, NULL, NULL);
    if (!code)
        code = sqlite_schema_update(file->db);
    return code ? code : prepare(file);
}

static int open_once(struct sqlite_file *file)
{
    int code = make_file(file);
    if (code)
        return code;
    code =
        sqlite3_open_v2(file->path, &file->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (!code)
        code = set_up(file);
    if (!code)
        return SQLITE_OK;
    if (code == SCHEMA_FOREIGN || code == SCHEMA_NEWER)
        snprintf(file->why, sizeof file->why, "%s: %s", file->path, sqlite_schema_fault(code));
    else
        tell(file, code);
    close_file(file);
    return code;
}

/* Not all of SQLite's locks ask on_busy(): several workers that make the file at once meet here. */
static int open_file(struct sqlite_file *file)
{
    int code = make_folder(file);
    if (code)
        return code;
    int lock = lock_folder(file, LOCK_SH);
    for (int times = 0; (code = open_once(file)); times++)
        if ((code & 0xff) != SQLITE_BUSY || !on_busy(file, times))
            break;
    unlock_folder(lock);
    return code;
}

int sqlite_file_ready(struct sqlite_file *file)
{
    int moved = 0;
    if (file->db)
        sqlite3_file_control(file->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
    if (moved)
        close_file(file);
    return file->db ? SQLITE_OK : open_file(file);
}

int sqlite_file_step(struct sqlite_file *file, enum sql which)
{
    int code = sqlite3_step(file->statements[which]);
    return code == SQLITE_ROW || code == SQLITE_DONE ? code : tell(file, code);
}

int sqlite_file_run(struct sqlite_file *file, enum sql which)
{
    int code;
    while ((code = sqlite_file_step(file, which)) == SQLITE_ROW) {
    }
    sqlite3_reset(file->statements[which]);
    return code == SQLITE_DONE ? SQLITE_OK : code;
}

/* Renames the file and what belongs to it; the log of changes goes first, for a new file must
 * never meet it. */
static void move_aside(struct sqlite_file *file)
{
    static const char *const parts[] = {"-wal", "-shm", ""};
    char now[25];
    clock_format_iso(now, clock_wall_us());
    for (int i = 0; i < 3; i++) {
        char *from = mem_printf("%s%s", file->path, parts[i]);
        char *to = mem_printf("%s.corrupt-%s%s", file->path, now, parts[i]);
        if (rename(from, to) == 0 && *parts[i] == '\0') {
            free(file->notice);
            file->notice =
                mem_printf("the store %s is corrupt: it is now %s, and a new one is begun", from,
                           to);
        }
        free(from);
        free(to);
    }
}

/* Of several workers that find the file corrupt the first sets it aside. */
static void set_aside(struct sqlite_file *file)
{
    struct stat found;
    if (file->db)
        sqlite3_db_config(file->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    close_file(file);
    int lock = lock_folder(file, LOCK_EX);
    if (stat(file->path, &found) == 0 && found.st_dev == file->device &&
        found.st_ino == file->inode)
        move_aside(file);
    unlock_folder(lock);
}

bool sqlite_file_recover(struct sqlite_file *file, int code)
{
    int kind = code & 0xff;
    bool open = file->db != NULL;
    if (open && !sqlite3_get_autocommit(file->db) &&
        sqlite_file_run(file, SQL_ROLLBACK) != SQLITE_OK)
        close_file(file);
    if (kind == SQLITE_CORRUPT || kind == SQLITE_NOTADB) {
        set_aside(file);
        return true;
    }
    return open && code == SQLITE_READONLY_DBMOVED;
}
