/* Bytes as hexadecimal text. */
#pragma once

#include <stddef.h>

/* Writes the 2 * `len` lower-case digits of `len` bytes; no NUL.  Returns what stands behind them. */
char *hex_print(char *out, const void *bytes, size_t len);

/* Reads the `len` bytes that 2 * `len` digits, in either case, are: the caller knows they are such. */
void hex_read(void *out, const char *digits, size_t len);

/* The value of a digit in either case; -1: it is none. */
static inline int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}
