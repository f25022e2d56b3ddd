/* Eight bytes at once: for loops that look for the end of a run of plain bytes. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { WORD_BYTES = 8 };

#define WORD_ALL(byte) (UINT64_C(0x0101010101010101) * (byte))

static inline uint64_t word_at(const char *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

static inline bool word_is_ascii(uint64_t word)
{
    return (word & WORD_ALL(0x80)) == 0;
}

/* Whether a byte is less than `least` (at most 0x80). */
static inline bool word_has_below(uint64_t word, unsigned char least)
{
    return ((word - WORD_ALL(least)) & ~word & WORD_ALL(0x80)) != 0;
}

static inline bool word_has(uint64_t word, unsigned char byte)
{
    return word_has_below(word ^ WORD_ALL(byte), 1);
}
