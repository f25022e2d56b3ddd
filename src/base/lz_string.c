/* The text is a row of bits, six in a character, the highest first.  It holds codes, the lowest bit
 * first, which get wider as the dictionary grows.  A code is a new unit that follows (of 8 or of 16
 * bits), the end, or an entry of the dictionary.  Besides its new units the dictionary gets, after
 * each code, what was said before and the first unit of what is said now: a piece of the output as
 * it stands.  So an entry is a place and a length there, and nothing is ever copied twice. */
#include "base/lz_string.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/mem.h"

enum { NEW_8, NEW_16, END, FIRST_ENTRY };

struct piece {
    uint32_t start, len;
};

struct unpacking {
    const char *text;
    size_t len;
    size_t at;       /* bits read */
    uint16_t *units; /* the output */
    size_t count, cap, limit;
    struct piece *entries; /* from code FIRST_ENTRY on */
    size_t entry_count, entry_cap;
    size_t room;    /* entries until codes get wider */
    unsigned width; /* of a code */
};

/* The six bits of a character, or -1. */
static int digit_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' || c == ' ' ? 62 : c == '-' ? 63 : c == '$' ? 0 : -1;
}

/* The next `count` bits, at most 31 of them; false behind the end or at a foreign character. */
static bool read_bits(struct unpacking *unpacking, unsigned count, uint32_t *out)
{
    *out = 0;
    for (unsigned i = 0; i < count; i++, unpacking->at++) {
        size_t c = unpacking->at / 6;
        int digit = c < unpacking->len ? digit_of(unpacking->text[c]) : -1;
        if (digit < 0)
            return false;
        *out |= ((uint32_t)digit >> (5 - unpacking->at % 6) & 1u) << i;
    }
    return true;
}

static void add_entry(struct unpacking *unpacking, size_t start, size_t len)
{
    if (unpacking->entry_count == unpacking->entry_cap) {
        unpacking->entry_cap = unpacking->entry_cap ? unpacking->entry_cap * 2 : 64;
        unpacking->entries =
            mem_resize(unpacking->entries, unpacking->entry_cap, sizeof *unpacking->entries);
    }
    unpacking->entries[unpacking->entry_count++] = (struct piece){(uint32_t)start, (uint32_t)len};
    if (--unpacking->room == 0)
        unpacking->room = (size_t)1 << unpacking->width++;
}

static enum ls_err add_unit(struct unpacking *unpacking, uint16_t unit)
{
    if (unpacking->count == unpacking->limit)
        return LS_TOO_BIG;
    if (unpacking->count == unpacking->cap) {
        unpacking->cap = unpacking->cap ? unpacking->cap * 2 : 256;
        unpacking->units = mem_resize(unpacking->units, unpacking->cap, sizeof *unpacking->units);
    }
    unpacking->units[unpacking->count++] = unit;
    return LS_OK;
}

/* A unit that was not said before: the next bits, and an entry of its own. */
static enum ls_err add_new(struct unpacking *unpacking, uint32_t code)
{
    uint32_t unit;
    if (!read_bits(unpacking, code == NEW_8 ? 8 : 16, &unit))
        return LS_BAD_SYNTAX;
    add_entry(unpacking, unpacking->count, 1);
    return add_unit(unpacking, (uint16_t)unit);
}

/* The entry may be the one that this very code completes: it then runs into what it writes. */
static enum ls_err add_known(struct unpacking *unpacking, struct piece said)
{
    enum ls_err err = LS_OK;
    for (uint32_t i = 0; i < said.len && !err; i++)
        err = add_unit(unpacking, unpacking->units[said.start + i]);
    return err;
}

/* Says what the next code means; `last` is what was said before it, and then what was said now.
 * *end: that was all. */
static enum ls_err step(struct unpacking *unpacking, struct piece *last, bool *end)
{
    uint32_t code;
    struct piece completed = {last->start, last->len + 1}, said;
    if (!read_bits(unpacking, unpacking->width, &code))
        return LS_BAD_SYNTAX;
    *end = code == END;
    if (*end)
        return LS_OK;
    enum ls_err err;
    size_t start = unpacking->count;
    if (code < END) {
        err = add_new(unpacking, code);
    } else {
        size_t i = code - FIRST_ENTRY;
        if (i > unpacking->entry_count || (i == unpacking->entry_count && last->len == 0))
            return LS_BAD_SYNTAX;
        said = i < unpacking->entry_count ? unpacking->entries[i] : completed;
        err = add_known(unpacking, said);
    }
    if (last->len > 0)
        add_entry(unpacking, completed.start, completed.len);
    *last = (struct piece){(uint32_t)start, (uint32_t)(unpacking->count - start)};
    return err;
}

static bool is_surrogate(uint32_t unit, uint32_t first)
{
    return (unit & 0xfc00) == first;
}

static enum ls_err add_utf8(struct buf *out, uint32_t code)
{
    char bytes[4];
    size_t len = 0;
    if (code < 0x80) {
        bytes[len++] = (char)code;
    } else {
        if (code >= 0x10000) {
            bytes[len++] = (char)(0xf0 | code >> 18);
            bytes[len++] = (char)(0x80 | (code >> 12 & 0x3f));
        } else if (code >= 0x800) {
            bytes[len++] = (char)(0xe0 | code >> 12);
        }
        if (code >= 0x800)
            bytes[len++] = (char)(0x80 | (code >> 6 & 0x3f));
        else
            bytes[len++] = (char)(0xc0 | code >> 6);
        bytes[len++] = (char)(0x80 | (code & 0x3f));
    }
    return buf_add(out, bytes, len);
}

static enum ls_err print_units(struct buf *out, const uint16_t *units, size_t count)
{
    enum ls_err err = LS_OK;
    for (size_t i = 0; i < count && !err; i++) {
        uint32_t code = units[i];
        if (is_surrogate(code, 0xd800) && i + 1 < count && is_surrogate(units[i + 1], 0xdc00))
            code = 0x10000 + ((code & 0x3ff) << 10) + (units[++i] & 0x3ffu);
        err = add_utf8(out, code);
    }
    return err;
}

enum ls_err lz_string_unpack(struct buf *out, const char *text, size_t len, size_t limit)
{
    /* The first code has two bits; the codes behind it three. */
    struct unpacking unpacking = {
        .text = text, .len = len, .limit = limit < UINT32_MAX ? limit : UINT32_MAX, .width = 2};
    struct piece last = {0, 0};
    bool end = false;
    enum ls_err err = LS_OK;
    unpacking.room = 1;
    while (!err && !end)
        err = step(&unpacking, &last, &end);
    if (!err)
        err = print_units(out, unpacking.units, unpacking.count);
    free(unpacking.units);
    free(unpacking.entries);
    return err;
}
