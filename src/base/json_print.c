#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/word.h"

/* Bytes that a JSON string must not hold as they are: the letter of the short escape, 'u' for a
 * long one. */
static const char escapes[256] = {
    [0] = 'u',  [1] = 'u',    [2] = 'u',    [3] = 'u',    [4] = 'u',   [5] = 'u',     [6] = 'u',
    [7] = 'u',  ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', [11] = 'u',  ['\f'] = 'f',  ['\r'] = 'r',
    [14] = 'u', [15] = 'u',   [16] = 'u',   [17] = 'u',   [18] = 'u',  [19] = 'u',    [20] = 'u',
    [21] = 'u', [22] = 'u',   [23] = 'u',   [24] = 'u',   [25] = 'u',  [26] = 'u',    [27] = 'u',
    [28] = 'u', [29] = 'u',   [30] = 'u',   [31] = 'u',   ['"'] = '"', ['\\'] = '\\',
};

/* The code point that line splitters take for an end of line, if one begins at `text`: U+0085,
 * U+2028 or U+2029; its length goes to *len.  Events escape these too. */
static unsigned line_splitter(const char *text, size_t left, size_t *len)
{
    unsigned char first = (unsigned char)text[0];
    *len = first == 0xc2 ? 2 : 3;
    if (left >= 2 && first == 0xc2 && (unsigned char)text[1] == 0x85)
        return 0x85;
    if (left >= 3 && memcmp(text, "\xe2\x80", 2) == 0 && ((unsigned char)text[2] | 1) == 0xa9)
        return 0x2000u + (unsigned char)text[2] - 0x80;
    return 0;
}

static bool is_special(const char *text, size_t left, enum json_style style)
{
    unsigned char first = (unsigned char)*text;
    size_t len;
    if (style == JSON_SSE && (first == 0xc2 || first == 0xe2))
        return line_splitter(text, left, &len) != 0;
    return escapes[first] != 0;
}

static bool is_plain_word(uint64_t word, enum json_style style)
{
    return word_escaped(word) == 0 && (style != JSON_SSE || word_is_ascii(word));
}

/* The place of the first character from `i` on that is to be escaped, or `len`. */
static size_t next_special(const char *text, size_t i, size_t len, enum json_style style)
{
    while (i < len) {
        bool whole = len - i >= WORD_BYTES;
        size_t end = whole ? i + WORD_BYTES : len;
        if (whole && is_plain_word(word_at(text + i), style)) {
            i = end;
            continue;
        }
        for (; i < end; i++)
            if (is_special(text + i, len - i, style))
                return i;
    }
    return len;
}

/* Returns how many bytes the character had. */
static size_t add_escape(struct buf *out, const char *text, size_t left)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char c = (unsigned char)*text;
    size_t len;
    if (c >= 0x80) {
        buf_printf(out, "\\u%04x", line_splitter(text, left, &len));
        return len;
    }
    const char escape[6] = {'\\', escapes[c], '0', '0', digits[c >> 4], digits[c & 15]};
    buf_add(out, escape, escapes[c] == 'u' ? 6 : 2);
    return 1;
}

enum ls_err json_print_chars(struct buf *out, const char *text, size_t len, enum json_style style)
{
    size_t clean = 0;
    for (size_t i; (i = next_special(text, clean, len, style)) < len;) {
        buf_add(out, text + clean, i - clean);
        clean = i + add_escape(out, text + i, len - i);
    }
    return buf_add(out, text + clean, len - clean);
}

enum ls_err json_print_string(struct buf *out, const char *text, size_t len, enum json_style style)
{
    buf_add_char(out, '"');
    (void)json_print_chars(out, text, len, style);
    return buf_add_char(out, '"');
}

/* Raises the last digit before the exponent of "1.23e+45"; false when that is a 9. */
static bool raise_last_digit(char *text)
{
    char *last = strchr(text, 'e') - 1;
    return *last != '9' && ++*last;
}

/* `value` (finite, positive) as "%e" prints it, with as few digits as read back the same. */
static void print_shortest(double value, char text[40])
{
    /* 15 digits tell any decimal of so many again, but for the numbers of less than full width. */
    for (int precision = value < DBL_MIN ? 0 : 14; precision <= 16; precision++) {
        snprintf(text, 40, "%.*e", precision, value);
        if (strtod(text, NULL) == value)
            return;
        /* Below a power of two the numbers stand closer than above: there the nearest decimal
         * may miss where the next one up does not. */
        if (precision == 15 && raise_last_digit(text) && strtod(text, NULL) == value)
            return;
    }
}

/* The shortest decimal digits of `value` (finite, positive), without dot; *exponent is such that
 * the value is 0.DIGITS times ten to it. */
static size_t shortest_digits(double value, char digits[18], int *exponent)
{
    char text[40];
    print_shortest(value, text);
    const char *e = strchr(text, 'e');
    size_t len = 0;
    for (const char *c = text; c < e; c++)
        if (*c >= '0' && *c <= '9')
            digits[len++] = *c;
    while (len > 1 && digits[len - 1] == '0')
        len--;
    *exponent = (int)strtol(e + 1, NULL, 10) + 1;
    return len;
}

static void print_scientific(struct buf *out, const char *digits, size_t len, int exponent,
                             enum json_style style)
{
    int power = exponent - 1;
    buf_add(out, digits, 1);
    if (len > 1)
        buf_add_char(out, '.');
    buf_add(out, digits + 1, len - 1);
    if (style != JSON_SSE)
        buf_printf(out, "e%c%02d", power < 0 ? '-' : '+', abs(power));
    else
        buf_printf(out, power < 0 ? "e-%d" : "e+%d", abs(power));
}

static void print_plain(struct buf *out, const char *digits, size_t len, int exponent)
{
    if (exponent <= 0)
        buf_printf(out, "0.%.*s%.*s", -exponent, "0000000", (int)len, digits);
    else if ((size_t)exponent >= len)
        buf_printf(out, "%.*s%.*s.0", (int)len, digits, exponent - (int)len,
                   "00000000000000000000");
    else
        buf_printf(out, "%.*s.%.*s", exponent, digits, (int)len - exponent, digits + exponent);
}

/* Python writes 1e16 and more, and less than 1e-4, with an exponent; so does orjson, but from
 * below 1e-5 and without a zero before a one-digit exponent. */
static void print_real(struct buf *out, double value, enum json_style style)
{
    char digits[18];
    int exponent;
    if (!isfinite(value)) {
        buf_add_str(out, "null");
        return;
    }
    if (signbit(value))
        buf_add_char(out, '-');
    if (value == 0) {
        buf_add_str(out, "0.0");
        return;
    }
    size_t len = shortest_digits(fabs(value), digits, &exponent);
    int least = style == JSON_SSE ? -4 : -3;
    if (exponent < least || exponent > 16)
        print_scientific(out, digits, len, exponent, style);
    else
        print_plain(out, digits, len, exponent);
}

static void print_array(struct buf *out, const json_t *array, enum json_style style)
{
    size_t count = json_array_size(array);
    buf_add_char(out, '[');
    for (size_t i = 0; i < count && !out->full; i++) {
        if (i > 0)
            buf_add_str(out, style == JSON_SPACED ? ", " : ",");
        (void)json_print(out, json_array_get(array, i), style);
    }
    buf_add_char(out, ']');
}

static void print_object(struct buf *out, const json_t *object, enum json_style style)
{
    const char *key;
    size_t key_len;
    json_t *value;
    bool first = true;
    buf_add_char(out, '{');
    json_object_keylen_foreach((json_t *)object, key, key_len, value)
    {
        if (out->full)
            break;
        if (!first)
            buf_add_str(out, style == JSON_SPACED ? ", " : ",");
        first = false;
        (void)json_print_string(out, key, key_len, style);
        buf_add_str(out, style == JSON_SPACED ? ": " : ":");
        (void)json_print(out, value, style);
    }
    buf_add_char(out, '}');
}

enum ls_err json_print(struct buf *out, const json_t *value, enum json_style style)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT: print_object(out, value, style); break;
    case JSON_ARRAY: print_array(out, value, style); break;
    case JSON_STRING:
        return json_print_string(out, json_string_value(value), json_string_length(value), style);
    case JSON_INTEGER: (void)buf_add_int(out, json_integer_value(value)); break;
    case JSON_REAL: print_real(out, json_real_value(value), style); break;
    case JSON_TRUE: buf_add_str(out, "true"); break;
    case JSON_FALSE: buf_add_str(out, "false"); break;
    case JSON_NULL: buf_add_str(out, "null"); break;
    }
    return out->full ? LS_TOO_BIG : LS_OK;
}

json_t *json_text(const json_t *value, enum json_style style)
{
    struct buf text;
    buf_init(&text, SIZE_MAX / 2);
    (void)json_print(&text, value, style);
    json_t *made = json_stringn(buf_str(&text), text.len);
    buf_fini(&text);
    return made;
}
