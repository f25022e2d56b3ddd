/* Reading what a Redis server says (RESP2): bytes in, replies out.
 *
 * What a server may make us keep is bounded: the bytes of one reply, the elements of one array. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum redis_kind { REDIS_NIL, REDIS_TEXT, REDIS_STATUS, REDIS_ERROR, REDIS_NUMBER, REDIS_LIST };

struct redis_value {
    enum redis_kind kind;
    const char *text; /* TEXT, STATUS, ERROR: `len` bytes, NUL behind */
    size_t len;
    int64_t number;
    struct redis_value *items; /* LIST: `len` of them */
};

struct redis_reader;

/* A reader that refuses replies of more than `most` bytes. */
struct redis_reader *redis_reader_new(size_t most);

/* Nulls *reader; NULL is harmless. */
void redis_reader_free(struct redis_reader **reader);

/* Takes what came in, in pieces of any size; after it redis_reader_next() is to be called until it
 * gives no more. */
void redis_reader_feed(struct redis_reader *reader, const char *data, size_t len);

/* The next whole reply, valid until the next call; NULL when there is none, or when what came is no
 * reply: then *why is a sentence about it, else NULL. */
const struct redis_value *redis_reader_next(struct redis_reader *reader, const char **why);
