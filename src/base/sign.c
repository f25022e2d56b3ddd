#include "base/sign.h"

#include <limits.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>

void sign_bytes(unsigned char out[SIGN_LEN], const void *key, size_t key_len, const void *data,
                size_t len)
{
    unsigned out_len = 0;
    if (key_len > INT_MAX || !HMAC(EVP_sha256(), key, (int)key_len, data, len, out, &out_len) ||
        out_len != SIGN_LEN)
        abort(); /* only for want of memory, or of the algorithm itself */
}
