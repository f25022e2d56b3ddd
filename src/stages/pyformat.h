/* JSON values printed as Python prints them: str(), repr(), ascii() and format().
 * Prompt templates written for Python give the same text here.  Pure functions: nothing is kept,
 * everything is appended to the caller's buffer, whose limit bounds it.
 * Differences: "printable" follows libutf8proc's Unicode tables; a width or a precision above
 * PYFORMAT_MAX_WIDTH is refused. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

enum { PYFORMAT_MAX_WIDTH = 10000 };

enum pyformat_style {
    PYFORMAT_STR,  /* strings as they are: str(value), print() */
    PYFORMAT_REPR, /* strings in quotes: 'it\n' */
    PYFORMAT_ASCII /* as repr, everything beyond ASCII escaped */
};

/* What stands behind the colon of a replacement field: [[fill]align][sign][z][#][0][width]
 * [grouping][.precision][type]. */
struct pyformat_spec {
    char fill[5];       /* one character of UTF-8 with its NUL */
    char align;         /* '<', '>', '=', '^', or 0: the value's own habit */
    char sign;          /* '+', '-', ' ', or 0 */
    bool unsigned_zero; /* z: no minus before what rounds to zero */
    bool alternate;     /* #: 0x before hexadecimals, a point in every float */
    char grouping;      /* ',' or '_' between thousands, or 0 */
    char type;          /* one of "sbcdoxXneEfFgG%", or 0 */
    bool zero_padded;   /* a 0 stood before the width */
    bool is_empty;      /* nothing was given: format() is str() then */
    int width;          /* in characters; -1: none */
    int precision;      /* digits, or characters of a string; -1: none */
};

/* Prints `value`: None, True, 1.0, 1e-07, 'a', [1, 'b'], {'a': 1}.
 * LS_TOO_BIG when the buffer is full. */
enum ls_err pyformat_print(struct buf *out, const json_t *value, enum pyformat_style style);

/* Prints `len` bytes of UTF-8 as Python's string literal (repr, or ascii). */
enum ls_err pyformat_print_string(struct buf *out, const char *text, size_t len,
                                  enum pyformat_style style);

/* Reads a format specification.  LS_BAD_SYNTAX when no value could be printed with it; a
 * sentence (static) goes to *why. */
enum ls_err pyformat_parse_spec(struct pyformat_spec *spec, const char *text, size_t len,
                                const char **why) LS_MUST_CHECK;

/* Prints `value` by `spec`, as format(value, spec).  LS_BAD_VALUE when this type of value does
 * not take the specification; a sentence (static) goes to *why. */
enum ls_err pyformat_print_spec(struct buf *out, const json_t *value,
                                const struct pyformat_spec *spec, const char **why) LS_MUST_CHECK;
