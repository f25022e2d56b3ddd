/* text.base64_encode(), text.base64_decode(): RFC 4648's alphabet, with padding; bytes on the plain
 * side.  What they make lies in the lambda's memory. */
#include "lua/box_internal.h"

enum { MAX_CODED = 4 << 20, MAX_PLAIN = MAX_CODED / 4 * 3 };

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static int base64_encode(lua_State *L)
{
    size_t len;
    luaL_Buffer out;
    const unsigned char *plain = (const unsigned char *)luaL_checklstring(L, 1, &len);
    luaL_argcheck(L, len <= MAX_PLAIN, 1, "longer than 3 MB");
    guard_charge(guard_of(L)->box, 2 * len);
    size_t size = (len + 2) / 3 * 4;
    char *end = luaL_buffinitsize(L, &out, size);
    for (size_t at = 0; at < len; at += 3, end += 4) {
        size_t left = len - at;
        unsigned bits = (unsigned)plain[at] << 16;
        bits |= left > 1 ? (unsigned)plain[at + 1] << 8 : 0;
        bits |= left > 2 ? plain[at + 2] : 0;
        end[0] = alphabet[bits >> 18];
        end[1] = alphabet[bits >> 12 & 63];
        end[2] = left > 1 ? alphabet[bits >> 6 & 63] : '=';
        end[3] = left > 2 ? alphabet[bits & 63] : '=';
    }
    luaL_pushresultsize(&out, size);
    return 1;
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

/* Decodes into `out` (3/4 of the text) and gives the length; -1 when the text is not base64.  Blanks
 * are passed over: mail breaks its lines. */
static ptrdiff_t decode(const char *text, size_t len, char *out)
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

static int base64_decode(lua_State *L)
{
    size_t len;
    luaL_Buffer out;
    const char *text = luaL_checklstring(L, 1, &len);
    luaL_argcheck(L, len <= MAX_CODED, 1, "longer than 4 MB");
    guard_charge(guard_of(L)->box, 2 * len);
    ptrdiff_t size = decode(text, len, luaL_buffinitsize(L, &out, len / 4 * 3 + 3));
    if (size < 0)
        return luaL_error(L, "text.base64_decode: not base64");
    luaL_pushresultsize(&out, (size_t)size);
    return 1;
}

void base64_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"base64_encode", base64_encode},
        {"base64_decode", base64_decode},
        {NULL, NULL},
    };
    luaL_newlib(L, functions);
}
