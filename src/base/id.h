/* Random ids. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { UUID_LEN = 36 };

struct uuid {
    uint8_t bytes[16];
};

/* A random id (RFC 9562 version 4), from the kernel's generator through a buffer that a fork
 * empties, so that two workers never draw the same. */
struct uuid uuid_new(void);

/* A time-ordered id (RFC 9562 version 7): `unix_ms`, then random bits. */
struct uuid uuid_new_ordered(int64_t unix_ms);

/* The 36 characters and a NUL. */
void uuid_format(char out[UUID_LEN + 1], const struct uuid *id);

/* Reads 36 characters in either case; false when `text` is not of that form. */
bool uuid_parse(struct uuid *out, const char *text);

/* `len` random bytes from the same source. */
void random_bytes(void *out, unsigned len);
