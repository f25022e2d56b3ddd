/* Bytes as hexadecimal text. */
#pragma once

#include <stddef.h>

/* Writes the 2 * `len` lower-case digits of `len` bytes; no NUL.  Returns what stands behind them. */
char *hex_print(char *out, const void *bytes, size_t len);

/* The value of a digit in either case; -1: it is none. */
int hex_digit(char c);
