/* Design: recursive descent over text that is known to be UTF-8, in one pass.  Strings without
 * escapes are taken from where they stand; those with escapes are put together in one buffer that
 * all of them use in turn.  The depth is counted, so that neither this nor what walks the value
 * later runs out of stack. */
#include "base/json_parse.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/json_parser.h"

static json_t *read_value(struct json_parser *parser);

/* ---- numbers ---- */

static bool skip_digits(struct json_parser *parser)
{
    const char *from = parser->at;
    while (parser->at < parser->end && *parser->at >= '0' && *parser->at <= '9')
        parser->at++;
    return parser->at > from || json_parser_unexpected(parser);
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

static json_t *new_real(struct json_parser *parser, const char *from)
{
    buf_reset(&parser->text);
    (void)buf_add(&parser->text, from, (size_t)(parser->at - from));
    double value = strtod(parser->text.data, NULL);
    if (isfinite(value))
        return json_real(value);
    json_parser_fail(parser, "a number is too large");
    return NULL;
}

/* Digits of the whole part: one zero, or no zero first. */
static bool skip_whole(struct json_parser *parser)
{
    if (!json_parser_is_at(parser, '0'))
        return skip_digits(parser);
    parser->at++;
    return parser->at == parser->end || *parser->at < '0' || *parser->at > '9' ||
           json_parser_fail(parser, JSON_PARSER_NOT_JSON);
}

static json_t *read_number(struct json_parser *parser)
{
    const char *from = parser->at;
    bool whole = true;
    json_int_t integer;
    parser->at += json_parser_is_at(parser, '-');
    if (!skip_whole(parser))
        return NULL;
    if (json_parser_is_at(parser, '.')) {
        whole = false;
        parser->at++;
        if (!skip_digits(parser))
            return NULL;
    }
    if (json_parser_is_at(parser, 'e') || json_parser_is_at(parser, 'E')) {
        whole = false;
        parser->at++;
        parser->at += json_parser_is_at(parser, '-') || json_parser_is_at(parser, '+');
        if (!skip_digits(parser))
            return NULL;
    }
    if (!whole)
        return new_real(parser, from);
    if (to_integer(from, parser->at, &integer))
        return json_integer(integer);
    json_parser_fail(parser, "a number is too large");
    return NULL;
}

/* ---- the rest ---- */

/* A key of an object and what belongs to it. */
static bool read_member(struct json_parser *parser, json_t *object)
{
    struct json_span key;
    struct buf kept = {0}; /* a key with escapes: the value may need the parser's buffer */
    if (!json_parser_expect(parser, '"') || !json_parser_string(parser, &key))
        return false;
    if (memchr(key.data, '\0', key.len))
        return json_parser_fail(parser, "a key holds the character U+0000");
    if (key.data == parser->text.data) {
        kept = parser->text;
        buf_init(&parser->text, kept.limit);
    }
    json_t *value = json_parser_expect(parser, ':') ? read_value(parser) : NULL;
    bool well = value && json_object_setn_new_nocheck(object, key.data, key.len, value) == 0;
    buf_fini(&kept);
    return well;
}

static bool read_element(struct json_parser *parser, json_t *array)
{
    json_t *value = read_value(parser);
    return value && json_array_append_new(array, value) == 0;
}

/* An object or array (taken over) whose bracket was taken; NULL when it is not well. */
static json_t *read_inside(struct json_parser *parser, json_t *outer, char close,
                           bool (*read)(struct json_parser *parser, json_t *outer))
{
    bool well = json_parser_go_in(parser);
    if (well && !json_parser_take(parser, close)) {
        do
            well = read(parser, outer);
        while (well && json_parser_take(parser, ','));
        well = well && json_parser_expect(parser, close);
    }
    parser->depth--;
    if (well)
        return outer;
    json_decref(outer);
    return NULL;
}

static json_t *read_word(struct json_parser *parser, const char *word, json_t *meant)
{
    size_t len = strlen(word);
    if ((size_t)(parser->end - parser->at) < len || memcmp(parser->at, word, len) != 0) {
        json_parser_fail(parser, JSON_PARSER_NOT_JSON);
        return NULL;
    }
    parser->at += len;
    return meant;
}

static json_t *new_string(struct json_parser *parser)
{
    struct json_span string;
    parser->at++;
    return json_parser_string(parser, &string) ? json_stringn_nocheck(string.data, string.len)
                                               : NULL;
}

json_t *json_parser_scalar(struct json_parser *parser)
{
    switch (parser->at < parser->end ? *parser->at : '\0') {
    case 't': return read_word(parser, "true", json_true());
    case 'f': return read_word(parser, "false", json_false());
    case 'n': return read_word(parser, "null", json_null());
    default:
        if (json_parser_is_at(parser, '-') ||
            (parser->at < parser->end && *parser->at >= '0' && *parser->at <= '9'))
            return read_number(parser);
        json_parser_unexpected(parser);
        return NULL;
    }
}

static json_t *read_value(struct json_parser *parser)
{
    json_parser_skip_blanks(parser);
    switch (parser->at < parser->end ? *parser->at : '\0') {
    case '"': return new_string(parser);
    case '{': parser->at++; return read_inside(parser, json_object(), '}', read_member);
    case '[': parser->at++; return read_inside(parser, json_array(), ']', read_element);
    default: return json_parser_scalar(parser);
    }
}

json_t *json_parse(const char *data, size_t len, const char **why)
{
    struct json_parser parser = {.at = data, .end = len > 0 ? data + len : data};
    buf_init(&parser.text, len);
    json_t *value = read_value(&parser);
    json_parser_skip_blanks(&parser);
    if (value && parser.at < parser.end) {
        json_decref(value);
        value = NULL;
        json_parser_fail(&parser, "something follows the JSON text");
    }
    buf_fini(&parser.text);
    *why = parser.why;
    return value;
}
