/* RFC 4648's base64, with padding. */
#pragma once

#include <stddef.h>

/* Bytes that the text of `len` bytes has, and the most that a text of `len` signs can stand for. */
#define BASE64_LEN(len) (((len) + 2) / 3 * 4)
#define BASE64_PLAIN(len) ((len) / 4 * 3 + 3)

/* Writes BASE64_LEN(len) signs; no NUL. */
void base64_encode(char *out, const void *data, size_t len);

/* Decodes into `out` (BASE64_PLAIN(len) bytes) and gives the length; -1 when the text is not base64.
 * Blanks are passed over: mail breaks its lines. */
ptrdiff_t base64_decode(char *out, const char *text, size_t len);
