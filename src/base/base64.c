#include "base/base64.h"

#include <stdbool.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_encode(char *out, const void *data, size_t len)
{
    const unsigned char *plain = data;
    for (size_t at = 0; at < len; at += 3, out += 4) {
        size_t left = len - at;
        unsigned bits = (unsigned)plain[at] << 16;
        bits |= left > 1 ? (unsigned)plain[at + 1] << 8 : 0;
        bits |= left > 2 ? plain[at + 2] : 0;
        out[0] = alphabet[bits >> 18];
        out[1] = alphabet[bits >> 12 & 63];
        out[2] = left > 1 ? alphabet[bits >> 6 & 63] : '=';
        out[3] = left > 2 ? alphabet[bits & 63] : '=';
    }
}

/* The six bits that a sign stands for, and one more; 0: none. */
static const unsigned char places[256] = {
    ['A'] = 1,  ['B'] = 2,  ['C'] = 3,  ['D'] = 4,  ['E'] = 5,  ['F'] = 6,  ['G'] = 7,  ['H'] = 8,
    ['I'] = 9,  ['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16,
    ['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22, ['W'] = 23, ['X'] = 24,
    ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32,
    ['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36, ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40,
    ['o'] = 41, ['p'] = 42, ['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48,
    ['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56,
    ['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62, ['+'] = 63, ['/'] = 64,
};

static bool is_blank(char sign)
{
    return sign == ' ' || sign == '\t' || sign == '\r' || sign == '\n';
}

ptrdiff_t base64_decode(char *out, const char *text, size_t len)
{
    unsigned bits = 0;
    size_t signs = 0, padding = 0, made = 0;
    for (size_t i = 0; i < len; i++) {
        unsigned place = places[(unsigned char)text[i]];
        if (place == 0 && is_blank(text[i]))
            continue;
        if (place == 0 && text[i] == '=')
            padding++;
        else if (place == 0 || padding > 0)
            return -1;
        bits = bits << 6 | (place > 0 ? place - 1 : 0);
        if (++signs % 4 > 0)
            continue;
        for (int shift = 16; shift >= 0; shift -= 8)
            out[made++] = (char)(bits >> shift & 255);
        if (padding > 2)
            return -1;
    }
    return signs % 4 == 0 ? (ptrdiff_t)(made - padding) : -1;
}
