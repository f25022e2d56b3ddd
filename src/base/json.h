/* JSON text both ways: reading request bodies as Python does, printing as the wire wants it. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

enum { JSON_MAX_DEPTH = 512 }; /* arrays and objects inside each other */

/* How numbers and text are printed. */
enum json_style {
    JSON_WIRE,   /* plain answers: Python's numbers (1e-07), compact, UTF-8 raw */
    JSON_SSE,    /* events: orjson's numbers (1e-7), and U+0085, U+2028, U+2029, DEL-like
                  line-splitting controls escaped: the clients split lines there */
    JSON_SPACED, /* as JSON_WIRE, with a blank behind ',' and ':', as Python's json.dumps() */
};

/* Reads one JSON text of `len` bytes into *out (yours): UTF-8 with or without BOM, UTF-16 and
 * UTF-32 in either byte order (told apart as RFC 4627 §3 does), the last duplicate key wins,
 * nesting up to JSON_MAX_DEPTH.  Refused with LS_BAD_SYNTAX: anything that is not JSON, NaN and
 * Infinity, lone surrogates, invalid UTF-8, integers beyond 64 signed bits, NUL in keys.
 * A sentence about the problem goes to `why` (a static or caller-lifetime string, never freed)
 * unless `why` is NULL. */
enum ls_err json_read(json_t **out, const char *data, size_t len, const char **why) LS_MUST_CHECK;

/* Prints `value` onto `out`, keys in their order.  Doubles print the shortest digits
 * that read back the same, always with ".0" or an exponent; not-a-number and infinity print null.
 * LS_TOO_BIG when the buffer's limit is reached. */
enum ls_err json_print(struct buf *out, const json_t *value, enum json_style style);

/* The value printed, as a string (new reference). */
json_t *json_text(const json_t *value, enum json_style style);

/* Prints `len` bytes of UTF-8 as a JSON string, quotes included. */
enum ls_err json_print_string(struct buf *out, const char *text, size_t len, enum json_style style);

/* The same without the quotes. */
enum ls_err json_print_chars(struct buf *out, const char *text, size_t len, enum json_style style);

/* The string under `key` of an object, or NULL when there is none or it is no string. */
const char *json_get_string(const json_t *object, const char *key);

/* Python's truth of a value; NULL counts as null. */
bool json_truth(const json_t *value);
