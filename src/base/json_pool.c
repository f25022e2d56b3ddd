#include "base/json_pool.h"

#include <jansson.h>
#include <malloc.h>
#include <stdlib.h>

#include "base/mem.h"

/* malloc() gives pieces of 24, 40, 56, … usable bytes; there is a shelf for each of the first. */
enum { SMALLEST = 24, STEP = 16, SHELVES = 8, SHELF_ROOM = 2048 };

struct piece {
    struct piece *next;
};

static _Thread_local struct {
    struct piece *first;
    unsigned count;
} shelves[SHELVES];

/* The shelf whose pieces all have room for `size` bytes. */
static size_t shelf_for(size_t size)
{
    return size <= SMALLEST ? 0 : (size - SMALLEST + STEP - 1) / STEP;
}

static void *take(size_t size)
{
    size_t shelf = shelf_for(size);
    if (shelf >= SHELVES || !shelves[shelf].first)
        return mem_alloc(size);
    struct piece *piece = shelves[shelf].first;
    shelves[shelf].first = piece->next;
    shelves[shelf].count--;
    return piece;
}

static void give(void *memory)
{
    if (!memory)
        return;
    size_t shelf = (malloc_usable_size(memory) - SMALLEST) / STEP;
    if (shelf >= SHELVES || shelves[shelf].count >= SHELF_ROOM) {
        free(memory);
        return;
    }
    struct piece *piece = memory;
    piece->next = shelves[shelf].first;
    shelves[shelf].first = piece;
    shelves[shelf].count++;
}

void json_pool_empty(void)
{
    for (size_t i = 0; i < SHELVES; i++) {
        for (struct piece *piece; (piece = shelves[i].first);) {
            shelves[i].first = piece->next;
            free(piece);
        }
        shelves[i].count = 0;
    }
}

void json_pool_use(void)
{
#ifndef __SANITIZE_ADDRESS__
    json_set_alloc_funcs(take, give);
#else
    (void)take;
    (void)give;
#endif
}
