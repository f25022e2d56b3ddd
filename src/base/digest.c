#include "base/digest.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"

/* Looked up once: that costs far more than the digest of a short text. */
static EVP_MD *sha256;

static void find_sha256(void)
{
    sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
}

void digest_bytes(unsigned char out[DIGEST_LEN], const void *data, size_t len)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, find_sha256);
    if (!sha256 || !EVP_Digest(data, len, out, NULL, sha256, NULL))
        abort(); /* only for want of memory, or of the algorithm itself */
}

void digest_format(char out[DIGEST_HEX + 1], const unsigned char digest[DIGEST_LEN])
{
    *hex_print(out, digest, DIGEST_LEN) = '\0';
}

void digest_sha1(char out[SHA1_HEX + 1], const void *data, size_t len)
{
    unsigned char digest[SHA1_HEX / 2];
    if (!SHA1(data, len, digest))
        abort();
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
