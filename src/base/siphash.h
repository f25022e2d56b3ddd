/* SipHash-2-4 (Aumasson and Bernstein): a hash for tables whose keys strangers choose.  Without
 * the secret nobody can make two keys meet. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { SIPHASH_KEY = 16 };

/* The hash of `len` bytes under a secret. */
uint64_t siphash(const unsigned char secret[SIPHASH_KEY], const void *data, size_t len);
