/* Small allocations: they succeed or end the process (the master replaces a worker).
 * What a peer sizes never comes here without a limit in front. */
#pragma once

#include <stddef.h>

/* `size` bytes, uninitialised; free() them. */
void *mem_alloc(size_t size);

/* `count` zeroed elements of `size` bytes; free() them. */
void *mem_zalloc(size_t count, size_t size);

/* realloc() to `count` elements of `size` bytes. */
void *mem_resize(void *old, size_t count, size_t size);

/* `size` zeroed bytes that this process and those it forks from now on share, until
 * mem_shared_free() in each; NULL when the system refuses them. */
void *mem_shared(size_t size);
void mem_shared_free(void *memory, size_t size);

/* A copy of the `len` bytes at `text`, with a NUL behind; free() it. */
char *mem_strndup(const char *text, size_t len);

/* A copy of a string; NULL gives NULL; free() it. */
char *mem_strdup(const char *text);

/* Overwrites a string and frees it; NULL is well. */
void mem_free_secret(char *text);

/* printf into a new string; free() it. */
char *mem_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));
