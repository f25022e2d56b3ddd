/* JSON values printed by Python's format specifications; without one, pyprint.h prints them.
 * Prompt templates written for Python give the same text here.  Pure functions: nothing is kept,
 * everything is appended to the caller's buffer, whose limit bounds it.
 * Difference: a width or a precision above PYFORMAT_MAX_WIDTH is refused. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

enum { PYFORMAT_MAX_WIDTH = 10000 };

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

/* Reads a format specification.  LS_BAD_SYNTAX when no value could be printed with it; a
 * sentence (static) goes to *why. */
enum ls_err pyformat_parse_spec(struct pyformat_spec *spec, const char *text, size_t len,
                                const char **why) LS_MUST_CHECK;

/* Prints `value` by `spec`, as format(value, spec).  LS_BAD_VALUE when this type of value does
 * not take the specification; a sentence (static) goes to *why. */
enum ls_err pyformat_print_spec(struct buf *out, const json_t *value,
                                const struct pyformat_spec *spec, const char **why) LS_MUST_CHECK;
