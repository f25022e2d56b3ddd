/* Strings of a JSON text. */
#include <stdint.h>
#include <string.h>

#include "base/hex.h"
#include "base/json_parser.h"
#include "base/word.h"

/* The four digits behind "\u". */
static bool read_unit(struct json_parser *parser, uint32_t *unit)
{
    *unit = 0;
    for (int i = 0; i < 4; i++) {
        int digit = parser->at < parser->end ? hex_digit(*parser->at) : -1;
        if (digit < 0)
            return json_parser_unexpected(parser);
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
static bool read_code_point(struct json_parser *parser)
{
    uint32_t c, low;
    if (!read_unit(parser, &c))
        return false;
    if (c >= 0xd800 && c < 0xdc00) {
        if (parser->end - parser->at < 2 || memcmp(parser->at, "\\u", 2) != 0)
            return json_parser_fail(parser, JSON_PARSER_NOT_JSON);
        parser->at += 2;
        if (!read_unit(parser, &low) || low < 0xdc00 || low >= 0xe000)
            return json_parser_fail(parser, JSON_PARSER_NOT_JSON);
        c = 0x10000 + ((c & 0x3ff) << 10 | (low & 0x3ff));
    } else if (c >= 0xdc00 && c < 0xe000) {
        return json_parser_fail(parser, JSON_PARSER_NOT_JSON);
    }
    add_utf8(&parser->text, c);
    return true;
}

/* What stands behind a backslash. */
static bool read_escape(struct json_parser *parser)
{
    static const char names[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    if (parser->at == parser->end)
        return json_parser_unexpected(parser);
    char c = *parser->at++;
    if (c == 'u')
        return read_code_point(parser);
    const char *name = c ? strchr(names, c) : NULL;
    if (!name)
        return json_parser_fail(parser, JSON_PARSER_NOT_JSON);
    (void)buf_add_char(&parser->text, meant[name - names]);
    return true;
}

/* The bytes that stand for themselves. */
static struct json_span plain_text(struct json_parser *parser)
{
    const char *from = parser->at, *at = from;
    uint64_t marks = 0;
    while (parser->end - at >= WORD_BYTES && (marks = word_escaped(word_at(at))) == 0)
        at += WORD_BYTES;
    if (marks)
        at += word_before(marks);
    else
        while (at < parser->end && *at != '"' && *at != '\\' && (unsigned char)*at >= ' ')
            at++;
    parser->at = at;
    return (struct json_span){from, (size_t)(at - from)};
}

bool json_parser_string(struct json_parser *parser, struct json_span *string)
{
    *string = plain_text(parser);
    if (json_parser_is_at(parser, '\\')) {
        struct json_span piece = *string;
        buf_reset(&parser->text);
        (void)buf_add(&parser->text, piece.data, piece.len);
        while (json_parser_is_at(parser, '\\')) {
            parser->at++;
            if (!read_escape(parser))
                return false;
            piece = plain_text(parser);
            (void)buf_add(&parser->text, piece.data, piece.len);
        }
        *string = (struct json_span){parser->text.data, parser->text.len};
    }
    if (!json_parser_is_at(parser, '"')) /* a control character, or the end */
        return json_parser_unexpected(parser);
    parser->at++;
    return true;
}
