/* SHA-256 and SHA-1 (FIPS 180-4). */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { DIGEST_LEN = 32, DIGEST_HEX = 2 * DIGEST_LEN, SHA1_HEX = 40 };

/* The digest of `len` bytes. */
void digest_bytes(unsigned char out[DIGEST_LEN], const void *data, size_t len);

/* 64 digits in lower case and a NUL. */
void digest_format(char out[DIGEST_HEX + 1], const unsigned char digest[DIGEST_LEN]);

/* The SHA-1 of `len` bytes as 40 digits and a NUL: a name where others ask for it, no protection. */
void digest_sha1(char out[SHA1_HEX + 1], const void *data, size_t len);

/* Reads 64 digits in either case; false when `text` is not of that form. */
bool digest_parse(unsigned char out[DIGEST_LEN], const char *text);
