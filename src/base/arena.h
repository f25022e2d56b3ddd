/* Memory of a scope: allocated piece by piece, freed all at once.
 * Nothing in it is freed by hand; foreign things (a json_t, a file) hang on it by arena_defer()
 * and are undone in reverse order.  Under AddressSanitizer unused space is poisoned. */
#pragma once

#include <jansson.h>
#include <stddef.h>

struct arena;

/* A new arena; its first `hint` bytes need no further allocation (0: a default). */
struct arena *arena_new(size_t hint);

/* Runs what was deferred, last first, and frees all memory; nulls *arena. */
void arena_free(struct arena **arena);

/* As arena_free(), and nothing of what it held stays in memory. */
void arena_free_secret(struct arena **arena);

/* `size` bytes, aligned for any type, uninitialised. */
void *arena_alloc(struct arena *arena, size_t size);

/* `size` bytes, zeroed. */
void *arena_zalloc(struct arena *arena, size_t size);

/* A copy of `len` bytes of text with a NUL behind. */
char *arena_strndup(struct arena *arena, const char *text, size_t len);

/* A copy of a string; NULL gives NULL. */
char *arena_strdup(struct arena *arena, const char *text);

/* printf into the arena. */
char *arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Calls fn(ptr) when the arena is freed. */
void arena_defer(struct arena *arena, void (*fn)(void *ptr), void *ptr);

/* Takes over one reference to `value`, dropped with the arena.  Returns `value`. */
json_t *arena_give_json(struct arena *arena, json_t *value);

/* Takes a reference of its own to `value`, dropped with the arena.  Returns `value`. */
json_t *arena_hold_json(struct arena *arena, json_t *value);
