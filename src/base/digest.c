#include "base/digest.h"

#include <nettle/sha1.h>
#include <nettle/sha2.h>
#include <string.h>

#include "base/hex.h"

_Static_assert(DIGEST_LEN == SHA256_DIGEST_SIZE, "a digest is a SHA-256");

void digest_bytes(unsigned char out[DIGEST_LEN], const void *data, size_t len)
{
    struct sha256_ctx hash;
    sha256_init(&hash);
    sha256_update(&hash, len, data);
    sha256_digest(&hash, DIGEST_LEN, out);
    explicit_bzero(&hash, sizeof hash); /* what is hashed may be a secret */
}

void digest_format(char out[DIGEST_HEX + 1], const unsigned char digest[DIGEST_LEN])
{
    *hex_print(out, digest, DIGEST_LEN) = '\0';
}

void digest_sha1(char out[SHA1_HEX + 1], const void *data, size_t len)
{
    unsigned char digest[SHA1_DIGEST_SIZE];
    struct sha1_ctx hash;
    sha1_init(&hash);
    sha1_update(&hash, len, data);
    sha1_digest(&hash, sizeof digest, digest);
    *hex_print(out, digest, sizeof digest) = '\0';
}

bool digest_parse(unsigned char out[DIGEST_LEN], const char *text)
{
    if (strlen(text) != DIGEST_HEX)
        return false;
    for (size_t i = 0; i < DIGEST_LEN; i++) {
        int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        out[i] = (unsigned char)(high << 4 | low);
    }
    return true;
}
