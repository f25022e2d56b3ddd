#include "base/hex.h"

#include <endian.h>
#include <stdint.h>
#include <string.h>

#include "base/word.h"

enum { GROUP = 4 }; /* bytes at once: their digits are a word */

/* The digits of a group, the first byte's in the lowest. */
static uint64_t digits_of(uint32_t group)
{
    uint64_t word = le32toh(group);
    word = (word | word << 16) & UINT64_C(0x0000ffff0000ffff);
    word = (word | word << 8) & UINT64_C(0x00ff00ff00ff00ff);
    word = (word >> 4 | word << 8) & WORD_ALL(0x0f);
    uint64_t letters = (word + WORD_ALL(6)) >> 4 & WORD_ALL(1);
    return htole64(word + WORD_ALL('0') + letters * ('a' - '0' - 10));
}

char *hex_print(char *out, const void *bytes, size_t len)
{
    const unsigned char *at = bytes;
    uint32_t group = 0;
    uint64_t digits;
    for (; len >= GROUP; at += GROUP, len -= GROUP) {
        memcpy(&group, at, GROUP);
        digits = digits_of(group);
        memcpy(out, &digits, WORD_BYTES);
        out += WORD_BYTES;
    }
    if (len == 0)
        return out;
    memcpy(&group, at, len);
    digits = digits_of(group);
    memcpy(out, &digits, 2 * len);
    return out + 2 * len;
}

/* The group whose digits these are. */
static uint32_t group_of(uint64_t digits)
{
    uint64_t word = le64toh(digits);
    word = (word & WORD_ALL(0x0f)) + (word >> 6 & WORD_ALL(1)) * 9;
    word = (word << 4 | word >> 8) & UINT64_C(0x00ff00ff00ff00ff);
    word = (word | word >> 8) & UINT64_C(0x0000ffff0000ffff);
    return htole32((uint32_t)(word | word >> 16));
}

void hex_read(void *out, const char *digits, size_t len)
{
    unsigned char *at = out;
    uint64_t word = 0;
    uint32_t group;
    for (; len >= GROUP; at += GROUP, digits += WORD_BYTES, len -= GROUP) {
        memcpy(&word, digits, WORD_BYTES);
        group = group_of(word);
        memcpy(at, &group, GROUP);
    }
    if (len == 0)
        return;
    memcpy(&word, digits, 2 * len);
    group = group_of(word);
    memcpy(at, &group, len);
}
