/* A growing byte buffer, born with its limit.
 * It always ends in a NUL that is not counted.  The first append that would exceed the limit
 * sets `full` and changes nothing; later ones do nothing, so that a writer may check once.  A limit
 * may be raised, and never lowered. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/err.h"

struct buf {
    char *data; /* never NULL after the first append; "" before is buf_str() */
    size_t len, cap, limit;
    bool full;   /* an append was refused */
    bool secret; /* what it held is overwritten */
};

/* Starts an empty buffer in the caller's storage that will hold at most `limit` bytes. */
void buf_init(struct buf *buf, size_t limit);

/* The same for what is overwritten where it is not wanted any more. */
void buf_init_secret(struct buf *buf, size_t limit);

/* Frees what the buffer holds; it is empty and usable again. */
void buf_fini(struct buf *buf);

/* Forgets the content and keeps the memory. */
void buf_reset(struct buf *buf);

/* buf_add() where the buffer must grow first. */
enum ls_err buf_add_growing(struct buf *buf, const void *data, size_t len);

/* Appends bytes; LS_TOO_BIG when the limit would be passed (and `full` is set). */
static inline enum ls_err buf_add(struct buf *buf, const void *data, size_t len)
{
    if (buf->full || len >= buf->cap - buf->len)
        return buf_add_growing(buf, data, len);
    if (len > 0)
        memcpy(buf->data + buf->len, data, len);
    buf->len += len;
    buf->data[buf->len] = '\0';
    return LS_OK;
}

/* Appends a string. */
static inline enum ls_err buf_add_str(struct buf *buf, const char *text)
{
    return buf_add(buf, text, strlen(text));
}

/* Appends one byte. */
static inline enum ls_err buf_add_char(struct buf *buf, char c)
{
    return buf_add(buf, &c, 1);
}

/* Appends a whole number in decimal digits. */
enum ls_err buf_add_int(struct buf *buf, int64_t number);

/* printf onto the end.  Not for hot paths: reading a format takes longer than most appends. */
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
