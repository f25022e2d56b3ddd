/* Signing with a secret: HMAC-SHA-256 (RFC 2104). */
#pragma once

#include <stddef.h>

enum { SIGN_LEN = 32 };

/* The signature of `len` bytes under a key of `key_len` bytes. */
void sign_bytes(unsigned char out[SIGN_LEN], const void *key, size_t key_len, const void *data,
                size_t len);
