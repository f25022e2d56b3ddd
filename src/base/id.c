#include "base/id.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/hex.h"

static unsigned char pool[2048];
static size_t left; /* unused bytes at the pool's end */

static void empty_pool(void)
{
    left = 0;
}

static void fill_pool(void)
{
    static bool watching;
    if (!watching)
        pthread_atfork(NULL, NULL, empty_pool);
    watching = true;
    for (size_t have = 0; have < sizeof pool;) {
        ssize_t got = getrandom(pool + have, sizeof pool - have, 0);
        have += got > 0 ? (size_t)got : 0;
    }
    left = sizeof pool;
}

void random_bytes(void *out, unsigned len)
{
    unsigned char *to = out;
    while (len > 0) {
        if (left == 0)
            fill_pool();
        size_t n = len < left ? len : left;
        unsigned char *from = pool + sizeof pool - left;
        memcpy(to, from, n);
        memset(from, 0, n);
        left -= n;
        to += n;
        len -= (unsigned)n;
    }
}

static void mark(struct uuid *id, int version)
{
    id->bytes[6] = (uint8_t)((id->bytes[6] & 0x0f) | version << 4);
    id->bytes[8] = (uint8_t)((id->bytes[8] & 0x3f) | 0x80);
}

struct uuid uuid_new(void)
{
    struct uuid id;
    random_bytes(id.bytes, sizeof id.bytes);
    mark(&id, 4);
    return id;
}

struct uuid uuid_new_ordered(int64_t unix_ms)
{
    struct uuid id;
    random_bytes(id.bytes, sizeof id.bytes);
    for (int i = 0; i < 6; i++)
        id.bytes[i] = (uint8_t)(unix_ms >> (40 - 8 * i));
    mark(&id, 7);
    return id;
}

static bool has_dash_before(int byte)
{
    return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

void uuid_format(char out[UUID_LEN + 1], const struct uuid *id)
{
    char digits[2 * sizeof id->bytes];
    hex_print(digits, id->bytes, sizeof id->bytes);
    memcpy(out, digits, 8);
    memcpy(out + 9, digits + 8, 4);
    memcpy(out + 14, digits + 12, 4);
    memcpy(out + 19, digits + 16, 4);
    memcpy(out + 24, digits + 20, 12);
    out[8] = out[13] = out[18] = out[23] = '-';
    out[UUID_LEN] = '\0';
}

bool uuid_parse(struct uuid *out, const char *text)
{
    if (!text || strlen(text) != UUID_LEN)
        return false;
    for (int i = 0; i < 16; i++, text += 2) {
        if (has_dash_before(i) && *text++ != '-')
            return false;
        int high = hex_digit(text[0]), low = hex_digit(text[1]);
        if (high < 0 || low < 0)
            return false;
        out->bytes[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}
