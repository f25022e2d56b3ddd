/* An API key as the server knows it: never the key itself, but its SHA-256, whose it is and what
 * it opens.  Never changed once made; its texts live in an arena that its owner names. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/digest.h"

struct api_key {
    unsigned char digest[DIGEST_LEN];
    const char *name;          /* whose it is; unique among those of one source */
    const char *const *scopes; /* paths of the routes it opens */
    size_t scope_count;        /* 0: all routes */
    int64_t created, expires;  /* wall clock, ms; `expires` 0: never */
    const char *limit;         /* its own, such as "10/minute"; NULL: none */
};

enum {
    API_KEY_LEN = 4 + DIGEST_HEX, /* of a key that is made here */
    API_KEY_MAX = 1024,           /* bytes of any key */
    API_KEY_NAME = 128,
};

/* A new key, "lsk_" and 256 random bits, with a NUL. */
void api_key_make(char out[API_KEY_LEN + 1]);

/* What is wrong with a name of a key, or NULL. */
const char *api_key_name_fault(const char *name);

/* What is wrong with a limit, or NULL: it is "10/minute", "5/s"; counted by limits_take(). */
const char *api_key_limit_fault(const char *limit);

/* Reads a date ("2027-01-31": its beginning) or a time ("2027-01-31T12:00:00Z"), in UTC unless it
 * says otherwise, as ms of the wall clock.  False: it is neither. */
bool api_key_read_time(int64_t *out, const char *text);

/* Whether the key opens the route on `path`; NULL: what needs some key, whichever. */
bool api_key_opens(const struct api_key *key, const char *path);

bool api_key_has_expired(const struct api_key *key, int64_t now);

/* The scopes as a list (new reference). */
json_t *api_key_scopes(const struct api_key *key);

/* The key as an object, and back: texts are copied into `arena`; false when it is none. */
json_t *api_key_to_json(const struct api_key *key);
bool api_key_from_json(struct api_key *out, const json_t *json, struct arena *arena);
