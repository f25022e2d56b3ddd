/* Design: recursive descent over text that is known to be UTF-8, in one pass.  Strings without
 * escapes are taken from where they stand; those with escapes are put together in one buffer that
 * all of them use in turn.  The depth is counted, so that neither this nor what walks the value
 * later runs out of stack. */
#include "base/json_parse.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

struct parser {
    const char *at, *end;
    const char *why;
    unsigned depth;
    struct buf text; /* of a string with escapes, or of a number */
};

/* A string's bytes, in the input or in the parser's buffer. */
struct span {
    const char *data;
    size_t len;
};

static const char not_json[] = "the text is not JSON";
static const char too_early[] = "the JSON text ends too early";

static json_t *read_value(struct parser *parser);

/* False, for a reason: the first one counts. */
static bool fail(struct parser *parser, const char *why)
{
    if (!parser->why)
        parser->why = why;
    return false;
}

/* What stands here is not what must. */
static bool unexpected(struct parser *parser)
{
    return fail(parser, parser->at == parser->end ? too_early : not_json);
}

static bool is_at(const struct parser *parser, char c)
{
    return parser->at < parser->end && *parser->at == c;
}

static void skip_blanks(struct parser *parser)
{
    while (is_at(parser, ' ') || is_at(parser, '\n') || is_at(parser, '\r') || is_at(parser, '\t'))
        parser->at++;
}

/* Takes a character, with the blanks before it. */
static bool take(struct parser *parser, char c)
{
    skip_blanks(parser);
    bool there = is_at(parser, c);
    parser->at += there;
    return there;
}

static bool expect(struct parser *parser, char c)
{
    return take(parser, c) || unexpected(parser);
}

/* ---- strings ---- */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= ' ';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The four digits behind "\u". */
static bool read_unit(struct parser *parser, uint32_t *unit)
{
    *unit = 0;
    for (int i = 0; i < 4; i++) {
        int digit = parser->at < parser->end ? hex_digit(*parser->at) : -1;
        if (digit < 0)
            return unexpected(parser);
        *unit = *unit << 4 | (uint32_t)digit;
        parser->at++;
    }
    return true;
}

static void add_utf8(struct buf *out, uint32_t c)
{
    static const unsigned char first[] = {0, 0, 0xc0, 0xe0, 0xf0};
    char bytes[4];
    size_t len = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = len - 1; i > 0; i--, c >>= 6)
        bytes[i] = (char)(0x80 | (c & 0x3f));
    bytes[0] = (char)(first[len > 1 ? len : 0] | c);
    (void)buf_add(out, bytes, len); /* no longer than the input */
}

/* A code point, or a pair of surrogates; alone none is a character. */
static bool read_code_point(struct parser *parser)
{
    uint32_t c, low;
    if (!read_unit(parser, &c))
        return false;
    if (c >= 0xd800 && c < 0xdc00) {
        if (parser->end - parser->at < 2 || memcmp(parser->at, "\\u", 2) != 0)
            return fail(parser, not_json);
        parser->at += 2;
        if (!read_unit(parser, &low) || low < 0xdc00 || low >= 0xe000)
            return fail(parser, not_json);
        c = 0x10000 + ((c & 0x3ff) << 10 | (low & 0x3ff));
    } else if (c >= 0xdc00 && c < 0xe000) {
        return fail(parser, not_json);
    }
    add_utf8(&parser->text, c);
    return true;
}

/* What stands behind a backslash. */
static bool read_escape(struct parser *parser)
{
    static const char names[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    if (parser->at == parser->end)
        return unexpected(parser);
    char c = *parser->at++;
    if (c == 'u')
        return read_code_point(parser);
    const char *name = c ? strchr(names, c) : NULL;
    if (!name)
        return fail(parser, not_json);
    (void)buf_add_char(&parser->text, meant[name - names]);
    return true;
}

/* The bytes that stand for themselves. */
static struct span plain_text(struct parser *parser)
{
    const char *from = parser->at;
    while (parser->at < parser->end && *parser->at != '"' && *parser->at != '\\' &&
           (unsigned char)*parser->at >= ' ')
        parser->at++;
    return (struct span){from, (size_t)(parser->at - from)};
}

/* The rest of a string whose quote was taken; valid until the next one is read. */
static bool read_string(struct parser *parser, struct span *string)
{
    *string = plain_text(parser);
    if (is_at(parser, '\\')) {
        struct span piece = *string;
        buf_reset(&parser->text);
        (void)buf_add(&parser->text, piece.data, piece.len);
        while (is_at(parser, '\\')) {
            parser->at++;
            if (!read_escape(parser))
                return false;
            piece = plain_text(parser);
            (void)buf_add(&parser->text, piece.data, piece.len);
        }
        *string = (struct span){parser->text.data, parser->text.len};
    }
    if (!is_at(parser, '"')) /* a control character, or the end */
        return unexpected(parser);
    parser->at++;
    return true;
}

/* ---- numbers ---- */

static bool skip_digits(struct parser *parser)
{
    const char *from = parser->at;
    while (parser->at < parser->end && *parser->at >= '0' && *parser->at <= '9')
        parser->at++;
    return parser->at > from || unexpected(parser);
}

/* Digits with a sign before them; false when they are more than 64 signed bits can hold. */
static bool to_integer(const char *from, const char *end, json_int_t *out)
{
    bool negative = *from == '-';
    *out = 0;
    for (const char *digit = from + negative; digit < end; digit++) {
        int value = negative ? '0' - *digit : *digit - '0';
        if (__builtin_mul_overflow(*out, 10, out) || __builtin_add_overflow(*out, value, out))
            return false;
    }
    return true;
}

static json_t *new_real(struct parser *parser, const char *from)
{
    buf_reset(&parser->text);
    (void)buf_add(&parser->text, from, (size_t)(parser->at - from));
    double value = strtod(parser->text.data, NULL);
    if (isfinite(value))
        return json_real(value);
    fail(parser, "a number is too large");
    return NULL;
}

/* Digits of the whole part: one zero, or no zero first. */
static bool skip_whole(struct parser *parser)
{
    if (!is_at(parser, '0'))
        return skip_digits(parser);
    parser->at++;
    return parser->at == parser->end || *parser->at < '0' || *parser->at > '9' ||
           fail(parser, not_json);
}

static json_t *read_number(struct parser *parser)
{
    const char *from = parser->at;
    bool whole = true;
    json_int_t integer;
    parser->at += is_at(parser, '-');
    if (!skip_whole(parser))
        return NULL;
    if (is_at(parser, '.')) {
        whole = false;
        parser->at++;
        if (!skip_digits(parser))
            return NULL;
    }
    if (is_at(parser, 'e') || is_at(parser, 'E')) {
        whole = false;
        parser->at++;
        parser->at += is_at(parser, '-') || is_at(parser, '+');
        if (!skip_digits(parser))
            return NULL;
    }
    if (!whole)
        return new_real(parser, from);
    if (to_integer(from, parser->at, &integer))
        return json_integer(integer);
    fail(parser, "a number is too large");
    return NULL;
}

/* ---- the rest ---- */

/* A key of an object and what belongs to it. */
static bool read_member(struct parser *parser, json_t *object)
{
    struct span key;
    struct buf kept = {0}; /* a key with escapes: the value may need the parser's buffer */
    if (!expect(parser, '"') || !read_string(parser, &key))
        return false;
    if (memchr(key.data, '\0', key.len))
        return fail(parser, "a key holds the character U+0000");
    if (key.data == parser->text.data) {
        kept = parser->text;
        buf_init(&parser->text, kept.limit);
    }
    json_t *value = expect(parser, ':') ? read_value(parser) : NULL;
    bool well = value && json_object_setn_new_nocheck(object, key.data, key.len, value) == 0;
    buf_fini(&kept);
    return well;
}

static bool read_element(struct parser *parser, json_t *array)
{
    json_t *value = read_value(parser);
    return value && json_array_append_new(array, value) == 0;
}

/* An object or array (taken over) whose bracket was taken; NULL when it is not well. */
static json_t *read_inside(struct parser *parser, json_t *outer, char close,
                           bool (*read)(struct parser *parser, json_t *outer))
{
    bool well = ++parser->depth <= JSON_MAX_DEPTH ||
                fail(parser, "values stand too deep inside each other");
    if (well && !take(parser, close)) {
        do
            well = read(parser, outer);
        while (well && take(parser, ','));
        well = well && expect(parser, close);
    }
    parser->depth--;
    if (well)
        return outer;
    json_decref(outer);
    return NULL;
}

static json_t *read_word(struct parser *parser, const char *word, json_t *meant)
{
    size_t len = strlen(word);
    if ((size_t)(parser->end - parser->at) < len || memcmp(parser->at, word, len) != 0) {
        fail(parser, not_json);
        return NULL;
    }
    parser->at += len;
    return meant;
}

static json_t *new_string(struct parser *parser)
{
    struct span string;
    parser->at++;
    return read_string(parser, &string) ? json_stringn_nocheck(string.data, string.len) : NULL;
}

static json_t *read_value(struct parser *parser)
{
    skip_blanks(parser);
    switch (parser->at < parser->end ? *parser->at : '\0') {
    case '"': return new_string(parser);
    case '{': parser->at++; return read_inside(parser, json_object(), '}', read_member);
    case '[': parser->at++; return read_inside(parser, json_array(), ']', read_element);
    case 't': return read_word(parser, "true", json_true());
    case 'f': return read_word(parser, "false", json_false());
    case 'n': return read_word(parser, "null", json_null());
    default:
        if (is_at(parser, '-') ||
            (parser->at < parser->end && *parser->at >= '0' && *parser->at <= '9'))
            return read_number(parser);
        unexpected(parser);
        return NULL;
    }
}

json_t *json_parse(const char *data, size_t len, const char **why)
{
    struct parser parser = {.at = data, .end = len > 0 ? data + len : data};
    buf_init(&parser.text, len);
    json_t *value = read_value(&parser);
    skip_blanks(&parser);
    if (value && parser.at < parser.end) {
        json_decref(value);
        value = NULL;
        fail(&parser, "something follows the JSON text");
    }
    buf_fini(&parser.text);
    *why = parser.why;
    return value;
}
