/* A growing byte buffer, born with its limit.
 * It always ends in a NUL that is not counted.  The first append that would exceed the limit
 * sets `full` and changes nothing; later ones do nothing, so that a writer may check once. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct buf {
    char *data; /* never NULL after the first append; "" before is buf_str() */
    size_t len, cap, limit;
    bool full; /* an append was refused */
};

/* Starts an empty buffer in the caller's storage that will hold at most `limit` bytes. */
void buf_init(struct buf *buf, size_t limit);

/* Frees what the buffer holds; it is empty and usable again. */
void buf_fini(struct buf *buf);

/* Forgets the content and keeps the memory. */
void buf_reset(struct buf *buf);

/* Appends bytes; LS_TOO_BIG when the limit would be passed (and `full` is set). */
enum ls_err buf_add(struct buf *buf, const void *data, size_t len);

/* Appends a string. */
enum ls_err buf_add_str(struct buf *buf, const char *text);

/* Appends one byte. */
enum ls_err buf_add_char(struct buf *buf, char c);

/* printf onto the end. */
enum ls_err buf_printf(struct buf *buf, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Room for `len` more bytes at the returned place, or NULL when the limit forbids; after writing
 * there call buf_commit(). */
char *buf_reserve(struct buf *buf, size_t len);

/* Counts `len` bytes that were written to the place buf_reserve() gave. */
void buf_commit(struct buf *buf, size_t len);

/* Drops the first `len` bytes (at most what there is). */
void buf_consume(struct buf *buf, size_t len);

/* Drops all but the first `len` bytes (at most what there is); `full` stays. */
void buf_cut(struct buf *buf, size_t len);

/* The content as a string, "" when empty; valid until the next change. */
const char *buf_str(const struct buf *buf);

/* Hands the content over (free() it; never NULL) and leaves the buffer empty. */
char *buf_take(struct buf *buf);
