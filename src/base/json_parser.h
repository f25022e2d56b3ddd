/* Between json_parse.c, json_parse_text.c and json_pull.c: a JSON text while it is read. */
#pragma once

#include <stdbool.h>

#include "base/buf.h"
#include "base/json.h"

#define JSON_PARSER_NOT_JSON "the text is not JSON"

struct json_parser {
    const char *at, *end;
    const char *why; /* what is wrong, or NULL */
    unsigned depth;
    struct buf text; /* of a string with escapes, or of a number */
};

/* A string's bytes, in the input or in the parser's buffer. */
struct json_span {
    const char *data;
    size_t len;
};

/* False, for a reason: the first one counts. */
static inline bool json_parser_fail(struct json_parser *parser, const char *why)
{
    if (!parser->why)
        parser->why = why;
    return false;
}

/* False: what stands here is not what must. */
static inline bool json_parser_unexpected(struct json_parser *parser)
{
    return json_parser_fail(parser, parser->at == parser->end ? "the JSON text ends too early"
                                                              : JSON_PARSER_NOT_JSON);
}

static inline bool json_parser_is_at(const struct json_parser *parser, char c)
{
    return parser->at < parser->end && *parser->at == c;
}

static inline void json_parser_skip_blanks(struct json_parser *parser)
{
    while (json_parser_is_at(parser, ' ') || json_parser_is_at(parser, '\n') ||
           json_parser_is_at(parser, '\r') || json_parser_is_at(parser, '\t'))
        parser->at++;
}

/* Takes a character, with the blanks before it. */
static inline bool json_parser_take(struct json_parser *parser, char c)
{
    json_parser_skip_blanks(parser);
    bool there = json_parser_is_at(parser, c);
    parser->at += there;
    return there;
}

static inline bool json_parser_expect(struct json_parser *parser, char c)
{
    return json_parser_take(parser, c) || json_parser_unexpected(parser);
}

/* Into an object or array. */
static inline bool json_parser_go_in(struct json_parser *parser)
{
    return ++parser->depth <= JSON_MAX_DEPTH ||
           json_parser_fail(parser, "values stand too deep inside each other");
}

/* Reads a number, true, false or null that stands here (a new reference). */
json_t *json_parser_scalar(struct json_parser *parser);

/* Reads the rest of a string whose quote was taken; valid until the next one is read. */
bool json_parser_string(struct json_parser *parser, struct json_span *string);
