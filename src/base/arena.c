#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(addr, size) ((void)(addr), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(addr, size) ((void)(addr), (void)(size))
#endif

enum { DEFAULT_BLOCK = 2048, ALIGNMENT = alignof(max_align_t) };

struct block {
    struct block *next;
    size_t size, used; /* of data */
    alignas(max_align_t) char data[];
};

struct deferred {
    struct deferred *next;
    void (*fn)(void *ptr);
    void *ptr;
};

struct arena {
    struct block *current;
    struct deferred *deferred;
};

static struct block *block_new(size_t size)
{
    struct block *block = mem_alloc(sizeof *block + size);
    block->next = NULL;
    block->size = size;
    block->used = 0;
    ASAN_POISON_MEMORY_REGION(block->data, size);
    return block;
}

static size_t aligned(size_t size)
{
    return (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
}

static void *block_take(struct block *block, size_t size)
{
    char *start = block->data + block->used;
    block->used += aligned(size);
    ASAN_UNPOISON_MEMORY_REGION(start, size);
    return start;
}

struct arena *arena_new(size_t hint)
{
    struct block *block = block_new(aligned(sizeof(struct arena) + (hint ? hint : DEFAULT_BLOCK)));
    struct arena *arena = block_take(block, sizeof *arena);
    arena->current = block;
    arena->deferred = NULL;
    return arena;
}

static void free_all(struct arena **arena, bool wipe)
{
    if (!*arena)
        return;
    for (struct deferred *d = (*arena)->deferred; d; d = d->next)
        d->fn(d->ptr);
    struct block *block = (*arena)->current;
    *arena = NULL;
    while (block) {
        struct block *next = block->next;
        ASAN_UNPOISON_MEMORY_REGION(block->data, block->size);
        if (wipe)
            explicit_bzero(block->data, block->size);
        free(block);
        block = next;
    }
}

void arena_free(struct arena **arena)
{
    free_all(arena, false);
}

void arena_free_secret(struct arena **arena)
{
    free_all(arena, true);
}

void *arena_alloc(struct arena *arena, size_t size)
{
    struct block *block = arena->current;
    if (size > block->size - block->used || aligned(size) > block->size - block->used) {
        if (size > SIZE_MAX / 2)
            abort();
        size_t doubled = block->size * 2 > 65536 ? 65536 : block->size * 2;
        struct block *fresh = block_new(aligned(size) > doubled ? aligned(size) : doubled);
        fresh->next = block;
        arena->current = block = fresh;
    }
    return block_take(block, size);
}

void *arena_zalloc(struct arena *arena, size_t size)
{
    return memset(arena_alloc(arena, size), 0, size);
}

char *arena_strndup(struct arena *arena, const char *text, size_t len)
{
    char *copy = arena_alloc(arena, len + 1);
    memcpy(copy, text, len);
    copy[len] = '\0';
    return copy;
}

char *arena_strdup(struct arena *arena, const char *text)
{
    return text ? arena_strndup(arena, text, strlen(text)) : NULL;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = arena_alloc(arena, len < 0 ? 1 : (size_t)len + 1);
    if (len < 0)
        text[0] = '\0';
    else
        vsnprintf(text, (size_t)len + 1, format, again);
    va_end(again);
    return text;
}

void arena_defer(struct arena *arena, void (*fn)(void *ptr), void *ptr)
{
    struct deferred *d = arena_alloc(arena, sizeof *d);
    *d = (struct deferred){.next = arena->deferred, .fn = fn, .ptr = ptr};
    arena->deferred = d;
}

static void drop_json(void *value)
{
    json_decref(value);
}

json_t *arena_give_json(struct arena *arena, json_t *value)
{
    if (value)
        arena_defer(arena, drop_json, value);
    return value;
}

json_t *arena_hold_json(struct arena *arena, json_t *value)
{
    return arena_give_json(arena, json_incref(value));
}
