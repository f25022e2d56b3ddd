#include "models/tape.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "base/list.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/outage.h"
#include "models/tape_line.h"

enum { MAX_FILE = 512 << 20 };

struct exchange {
    struct tape_line line;
    size_t number; /* of its place in the file */
    size_t given;  /* of the first of those with one key: how many of them were given */
};

struct tape {
    unsigned references;
    char *path;
    /* of one that plays: */
    struct link link; /* in `playing` */
    struct stat file; /* as it was read */
    struct arena *arena;
    struct exchange *exchanges; /* sorted by key, those with one key in the file's order */
    size_t count;
    /* of one that records: */
    int fd; /* -1: not open yet */
    struct outage outage;
};

/* The tapes of this process that play. */
static struct link playing = {&playing, &playing};

bool tape_plays(const struct tape *tape)
{
    return tape && tape->arena;
}

const char *tape_path(const struct tape *tape)
{
    return tape->path;
}

static struct tape *tape_new(const char *path)
{
    struct tape *tape = mem_zalloc(1, sizeof *tape);
    tape->references = 1;
    tape->path = mem_strdup(path);
    tape->fd = -1;
    list_init(&tape->link);
    return tape;
}

struct tape *tape_hold(struct tape *tape)
{
    if (tape)
        tape->references++;
    return tape;
}

void tape_rele(struct tape *tape)
{
    if (!tape || --tape->references > 0)
        return;
    list_remove(&tape->link);
    arena_free(&tape->arena);
    if (tape->fd >= 0)
        (void)close(tape->fd);
    free(tape->exchanges);
    free(tape->path);
    free(tape);
}

/* ---- playing ---- */

static struct exchange *add_exchange(struct tape *tape, size_t *room)
{
    if (tape->count == *room) {
        *room = *room ? *room * 2 : 16;
        tape->exchanges = mem_resize(tape->exchanges, *room, sizeof *tape->exchanges);
    }
    tape->exchanges[tape->count] = (struct exchange){.number = tape->count};
    return &tape->exchanges[tape->count++];
}

/* Reads the lines; empty ones do not count. */
static enum ls_err read_lines(struct tape *tape, const char *text, size_t len, char *why,
                              size_t size)
{
    size_t room = 0, number = 1;
    const char *fault = NULL;
    for (const char *at = text, *end = text + len; at < end; number++) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        size_t line_len = (size_t)((stop ? stop : end) - at);
        if (line_len > 0 && tape_line_read(&add_exchange(tape, &room)->line, tape->arena, at,
                                           line_len, &fault) != LS_OK) {
            snprintf(why, size, "line %zu: %s", number, fault);
            return LS_BAD_SYNTAX;
        }
        at += line_len + 1;
    }
    return LS_OK;
}

static int compare(const void *a, const void *b)
{
    const struct exchange *one = a, *two = b;
    int order = memcmp(one->line.key, two->line.key, DIGEST_LEN);
    return order ? order : (one->number > two->number) - (one->number < two->number);
}

static struct tape *read_tape(const char *path, const struct stat *file, char *why, size_t size)
{
    struct buf text;
    buf_init(&text, MAX_FILE);
    struct tape *tape = tape_new(path);
    tape->file = *file;
    tape->arena = arena_new(0);
    const char *fault = file_read(path, &text);
    if (fault)
        snprintf(why, size, "%s", fault);
    if (fault || read_lines(tape, buf_str(&text), text.len, why, size) != LS_OK) {
        tape_rele(tape);
        tape = NULL;
    } else if (tape->count > 0) {
        qsort(tape->exchanges, tape->count, sizeof *tape->exchanges, compare);
    }
    buf_fini(&text);
    return tape;
}

static bool is_same_file(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

struct tape *tape_play(const char *path, char *why, size_t size)
{
    struct stat file;
    if (stat(path, &file) < 0) {
        snprintf(why, size, "%s", strerror(errno));
        return NULL;
    }
    for (struct link *link = playing.next; link != &playing; link = link->next) {
        struct tape *tape = container_of(link, struct tape, link);
        if (strcmp(tape->path, path) == 0 && is_same_file(&tape->file, &file))
            return tape_hold(tape);
    }
    struct tape *tape = read_tape(path, &file, why, size);
    if (tape)
        list_append(&playing, &tape->link);
    return tape;
}

static bool has_key(const struct tape *tape, size_t at, const unsigned char *key)
{
    return at < tape->count && memcmp(tape->exchanges[at].line.key, key, DIGEST_LEN) == 0;
}

/* The place of the first exchange whose key is not below this one. */
static size_t find(const struct tape *tape, const unsigned char *key)
{
    size_t begin = 0, end = tape->count;
    while (begin < end) {
        size_t middle = begin + (end - begin) / 2;
        if (memcmp(tape->exchanges[middle].line.key, key, DIGEST_LEN) < 0)
            begin = middle + 1;
        else
            end = middle;
    }
    return begin;
}

const struct fetch_known *tape_next(struct tape *tape, const char *path, const char *body,
                                    size_t len)
{
    unsigned char key[DIGEST_LEN];
    json_auto_t *read = NULL;
    if (json_read(&read, body, len, NULL) != LS_OK)
        return NULL;
    tape_key(key, path, read);
    size_t first = find(tape, key);
    if (!has_key(tape, first, key))
        return NULL;
    size_t at = first + tape->exchanges[first].given;
    if (has_key(tape, at + 1, key))
        tape->exchanges[first].given++;
    return &tape->exchanges[at].line.answer;
}

/* ---- recording ---- */

struct tape *tape_record(const char *path, const char **why)
{
    struct stat file;
    const char *slash = strrchr(path, '/');
    char *folder = slash ? mem_strndup(path, (size_t)(slash - path) + 1) : mem_strdup(".");
    *why = NULL;
    if (stat(path, &file) == 0)
        *why = !S_ISREG(file.st_mode)   ? "it is no regular file"
               : access(path, W_OK) < 0 ? strerror(errno)
                                        : NULL;
    else if (errno != ENOENT || access(folder, W_OK | X_OK) < 0)
        *why = strerror(errno);
    free(folder);
    return *why ? NULL : tape_new(path);
}

/* One write, so that lines of several workers do not mix.  What was written of a line that did not
 * fit on the disk is ended, for the next one to stand alone. */
int tape_write(struct tape *tape, const char *line, size_t len)
{
    if (tape->fd < 0)
        tape->fd = open(tape->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    ssize_t put = tape->fd < 0 ? -1 : write(tape->fd, line, len);
    if (put == (ssize_t)len)
        return 0;
    if (put > 0 && write(tape->fd, "\n", 1) == 1)
        return ENOSPC;
    return put == 0 ? ENOSPC : errno;
}

void tape_written(struct tape *tape, int fault)
{
    if (fault && outage_begins(&tape->outage))
        log_event(LOG_WARNING, "record_failed", "%s: %s", tape->path, strerror(fault));
    else if (!fault && outage_ends(&tape->outage))
        log_event(LOG_INFO, "record_back", "%s", tape->path);
}
