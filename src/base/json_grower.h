/* A JSON value that grows with its text, one code point at a time; the core of partial_json.h.
 * Until the text stops being JSON, the value is what closing all open strings and containers
 * gives.  From then on only quotes and brackets are followed, as LangChain does: the value stands
 * while they balance. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

enum json_grower_state {
    GROWER_VALUE,      /* a value must come */
    GROWER_FIRST_ITEM, /* a value or ']' */
    GROWER_FIRST_KEY,  /* a key or '}' */
    GROWER_KEY,        /* a key must come */
    GROWER_COLON,      /* ':' must come */
    GROWER_AFTER,      /* ',' or a closing bracket; at depth 0 nothing but blanks */
    GROWER_STRING,     /* inside a string or key */
    GROWER_ESCAPE,     /* behind a backslash */
    GROWER_UNICODE,    /* behind \u, fewer than four digits */
    GROWER_BAD_ESCAPE, /* blanks or backticks behind half an escape: wrong unless they end it */
    GROWER_NUMBER,
    GROWER_LITERAL,
    GROWER_BROKEN, /* no JSON any more */
    GROWER_DEAD,   /* a bracket closed what was not open */
};

enum json_number_state {
    NUMBER_MINUS,
    NUMBER_ZERO,
    NUMBER_WHOLE,
    NUMBER_POINT,
    NUMBER_FRACTION,
    NUMBER_E,
    NUMBER_SIGN,
    NUMBER_EXPONENT,
};

/* An open array or object. */
struct json_grower_frame {
    json_t *container; /* never handed out itself: snapshots copy it */
    char *key;         /* of the member being read, or NULL */
    bool is_shown;     /* was in a snapshot */
};

struct json_grower {
    enum json_grower_state state;
    struct json_grower_frame *frames;
    size_t depth, frame_cap;
    json_t *root;   /* the finished value, at depth 0 */
    bool is_dirty;  /* the value has changed since the last snapshot */
    bool is_frozen; /* something shown was lost: no more snapshots */

    struct buf token;        /* text of the open string, key or number */
    size_t solid, blank_end; /* token bytes that stay when the text's end is stripped; the end of
                                the last blank that only str.strip() takes, or 0 */
    bool is_key;
    bool is_token_shown;    /* a part of the open string was in a snapshot */
    bool was_dirty;         /* is_dirty before the open string */
    uint32_t unicode, high; /* digits of \uXXXX so far; a high surrogate that waits, or 0 */
    int digits;
    enum json_number_state number;
    size_t number_len;    /* bytes of the token that are a whole number */
    json_t *shown_number; /* the open number in the last snapshot, or NULL */
    const char *literal;  /* the word being read … */
    size_t literal_len;   /* … up to here */

    struct buf brackets;        /* BROKEN: what would close the text, innermost last */
    bool in_string, is_escaped; /* BROKEN: where LangChain believes to be */
    bool is_lost;               /* BROKEN: a container of the value was closed by what followed */
};

/* Starts in the caller's storage; no token may exceed `limit` bytes. */
void json_grower_init(struct json_grower *grower, size_t limit);

/* Frees what it holds. */
void json_grower_fini(struct json_grower *grower);

/* Reads a code point.  LS_TOO_BIG: too deep, or the limit. */
enum ls_err json_grower_feed(struct json_grower *grower, int32_t code) LS_MUST_CHECK;

/* Whether closing what is open would give a value. */
bool json_grower_has_value(const struct json_grower *grower);

/* Whether a value that ended with the last code point would need no more than closing brackets. */
bool json_grower_is_complete(const struct json_grower *grower);

/* Whether what followed the value in a broken text leaves it standing; true while not broken. */
bool json_grower_is_standing(const struct json_grower *grower);

/* The value (yours) or NULL, shown or not. */
json_t *json_grower_value(const struct json_grower *grower);

/* The value (yours) if it is new and loses nothing shown, else NULL. */
json_t *json_grower_show(struct json_grower *grower);

/* ---- between the grower's files ---- */

/* A token begins: an empty buffer. */
void json_grower_start_token(struct json_grower *grower, enum json_grower_state state);

/* A value (taken) is finished and goes where it belongs. */
void json_grower_attach(struct json_grower *grower, json_t *value);

/* `code` cannot stand here: no JSON any more. */
enum ls_err json_grower_break(struct json_grower *grower, int32_t code);

/* Reads a code point inside a string, a number. */
enum ls_err json_grower_read_string(struct json_grower *grower, int32_t code);
enum ls_err json_grower_read_number(struct json_grower *grower, int32_t code);

/* The whole number at the token's start (yours), or NULL. */
json_t *json_grower_number(const struct json_grower *grower);
