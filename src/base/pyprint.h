/* JSON values printed as Python prints them: str(), repr() and ascii().  Pure functions: everything
 * is appended to the caller's buffer, whose limit bounds it.
 * Difference: "printable" follows libutf8proc's Unicode tables. */
#pragma once

#include <jansson.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

enum pyprint_style {
    PYPRINT_STR,  /* strings as they are: str(value), print() */
    PYPRINT_REPR, /* strings in quotes: 'it\n' */
    PYPRINT_ASCII /* as repr, everything beyond ASCII escaped */
};

/* Prints `value`: None, True, 1.0, 1e-07, 'a', [1, 'b'], {'a': 1}.
 * LS_TOO_BIG when the buffer is full. */
enum ls_err pyprint(struct buf *out, const json_t *value, enum pyprint_style style);

/* Prints `len` bytes of UTF-8 as Python's string literal (repr, or ascii). */
enum ls_err pyprint_string(struct buf *out, const char *text, size_t len, enum pyprint_style style);
