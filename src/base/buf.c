#include "base/buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void buf_init(struct buf *buf, size_t limit)
{
    *buf = (struct buf){.limit = limit};
}

void buf_fini(struct buf *buf)
{
    free(buf->data);
    buf_init(buf, buf->limit);
}

void buf_reset(struct buf *buf)
{
    buf->len = 0;
    buf->full = false;
    if (buf->data)
        buf->data[0] = '\0';
}

/* Twice as much as before, or what is needed; no more than the limit and its NUL. */
static size_t grown(const struct buf *buf, size_t need)
{
    size_t cap = buf->cap > 32 ? buf->cap * 2 : 64;
    if (cap - 1 > buf->limit)
        cap = buf->limit + 1;
    return cap < need ? need : cap;
}

char *buf_reserve(struct buf *buf, size_t len)
{
    if (buf->full || len > buf->limit - buf->len) {
        buf->full = true;
        return NULL;
    }
    size_t need = buf->len + len + 1;
    if (need > buf->cap) {
        size_t cap = grown(buf, need);
        buf->data = mem_resize(buf->data, cap, 1);
        buf->cap = cap;
    }
    return buf->data + buf->len;
}

void buf_commit(struct buf *buf, size_t len)
{
    assert(buf->len + len < buf->cap);
    buf->len += len;
    buf->data[buf->len] = '\0';
}

enum ls_err buf_add(struct buf *buf, const void *data, size_t len)
{
    char *room = buf_reserve(buf, len);
    if (!room)
        return LS_TOO_BIG;
    if (len)
        memcpy(room, data, len);
    buf_commit(buf, len);
    return LS_OK;
}

enum ls_err buf_add_str(struct buf *buf, const char *text)
{
    return buf_add(buf, text, strlen(text));
}

enum ls_err buf_add_char(struct buf *buf, char c)
{
    return buf_add(buf, &c, 1);
}

enum ls_err buf_printf(struct buf *buf, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *room = len < 0 ? NULL : buf_reserve(buf, (size_t)len);
    if (room) {
        vsnprintf(room, (size_t)len + 1, format, again);
        buf_commit(buf, (size_t)len);
    }
    va_end(again);
    return room ? LS_OK : LS_TOO_BIG;
}

void buf_consume(struct buf *buf, size_t len)
{
    if (len >= buf->len) {
        buf_reset(buf);
        return;
    }
    memmove(buf->data, buf->data + len, buf->len - len + 1);
    buf->len -= len;
}

void buf_cut(struct buf *buf, size_t len)
{
    if (len >= buf->len)
        return;
    buf->len = len;
    buf->data[len] = '\0';
}

const char *buf_str(const struct buf *buf)
{
    return buf->data ? buf->data : "";
}

char *buf_take(struct buf *buf)
{
    char *data = buf->data ? buf->data : mem_strdup("");
    buf->data = NULL;
    buf_init(buf, buf->limit);
    return data;
}
