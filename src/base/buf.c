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

void buf_init_secret(struct buf *buf, size_t limit)
{
    *buf = (struct buf){.limit = limit, .secret = true};
}

static void wipe(struct buf *buf)
{
    if (buf->secret && buf->data)
        explicit_bzero(buf->data, buf->cap);
}

void buf_fini(struct buf *buf)
{
    wipe(buf);
    free(buf->data);
    *buf = (struct buf){.limit = buf->limit, .secret = buf->secret};
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

/* What is there, in a place of `cap` bytes; of a secret nothing stays at the old one. */
static char *moved(struct buf *buf, size_t cap)
{
    if (!buf->secret || !buf->data)
        return mem_resize(buf->data, cap, 1);
    char *data = mem_alloc(cap);
    memcpy(data, buf->data, buf->len + 1);
    wipe(buf);
    free(buf->data);
    return data;
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
        buf->data = moved(buf, cap);
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

enum ls_err buf_add_growing(struct buf *buf, const void *data, size_t len)
{
    char *room = buf_reserve(buf, len);
    if (!room)
        return LS_TOO_BIG;
    if (len)
        memcpy(room, data, len);
    buf_commit(buf, len);
    return LS_OK;
}

enum ls_err buf_add_int(struct buf *buf, int64_t number)
{
    static const char pairs[] = "00010203040506070809101112131415161718192021222324"
                                "25262728293031323334353637383940414243444546474849"
                                "50515253545556575859606162636465666768697071727374"
                                "75767778798081828384858687888990919293949596979899";
    char digits[20], *at = digits + sizeof digits;
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    for (; rest >= 10; rest /= 100)
        memcpy(at -= 2, pairs + rest % 100 * 2, 2);
    if (rest > 0 || at == digits + sizeof digits)
        *--at = (char)('0' + rest);
    if (number < 0)
        *--at = '-';
    return buf_add(buf, at, (size_t)(digits + sizeof digits - at));
}

/* What has room already is printed once; else that first time says how much room it takes. */
enum ls_err buf_printf(struct buf *buf, const char *format, ...)
{
    va_list args, again;
    size_t room = buf->full ? 0 : buf->cap - buf->len;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(room > 0 ? buf->data + buf->len : NULL, room, format, args);
    va_end(args);
    char *place = len < 0 ? NULL : buf_reserve(buf, (size_t)len);
    if (place && (size_t)len >= room)
        (void)vsnprintf(place, (size_t)len + 1, format, again);
    va_end(again);
    if (place)
        buf_commit(buf, (size_t)len);
    else if (buf->data)
        buf->data[buf->len] = '\0';
    return place ? LS_OK : LS_TOO_BIG;
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
