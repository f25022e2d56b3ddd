/* Eight bytes at once: for loops that look for the end of a run of plain bytes. */
#pragma once

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { WORD_BYTES = 8 };

#define WORD_ALL(byte) (UINT64_C(0x0101010101010101) * (byte))

/* The first byte is the lowest. */
static inline uint64_t word_at(const char *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return le64toh(word);
}

/* The last eight bytes of a text; of a shorter one all, before blanks. */
static inline uint64_t word_at_end(const char *text, size_t len)
{
    uint64_t word = WORD_ALL(' ');
    if (len >= WORD_BYTES)
        return word_at(text + len - WORD_BYTES);
    for (size_t i = 0; i < len; i++)
        word = word << 8 | (unsigned char)text[i];
    return word;
}

static inline bool word_is_ascii(uint64_t word)
{
    return (word & WORD_ALL(0x80)) == 0;
}

/* A mark at the first byte that is less than `least` (at most 0x80), and maybe at some behind it;
 * 0: there is none. */
static inline uint64_t word_below(uint64_t word, unsigned char least)
{
    return (word - WORD_ALL(least)) & ~word & WORD_ALL(0x80);
}

/* Likewise for bytes that are `byte`. */
static inline uint64_t word_is(uint64_t word, unsigned char byte)
{
    return word_below(word ^ WORD_ALL(byte), 1);
}

/* Likewise for bytes that do not stand for themselves in a JSON string. */
static inline uint64_t word_escaped(uint64_t word)
{
    return word_is(word, '"') | word_is(word, '\\') | word_below(word, ' ');
}

/* How many bytes stand before the first mark (there is one). */
static inline size_t word_before(uint64_t marks)
{
    return (size_t)__builtin_ctzll(marks) / 8;
}
