#include "base/sign.h"

#include <nettle/hmac.h>
#include <string.h>

_Static_assert(SIGN_LEN == SHA256_DIGEST_SIZE, "a signature is an HMAC-SHA256");

void sign_bytes(unsigned char out[SIGN_LEN], const void *key, size_t key_len, const void *data,
                size_t len)
{
    struct hmac_sha256_ctx hash;
    hmac_sha256_set_key(&hash, key_len, key);
    hmac_sha256_update(&hash, len, data);
    hmac_sha256_digest(&hash, SIGN_LEN, out);
    explicit_bzero(&hash, sizeof hash); /* the key can be told from it */
}
