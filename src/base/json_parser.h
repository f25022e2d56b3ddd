/* Between json_parse.c and json_parse_text.c: a JSON text while it is read. */
#pragma once

#include <stdbool.h>

#include "base/buf.h"

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

/* Reads the rest of a string whose quote was taken; valid until the next one is read. */
bool json_parser_string(struct json_parser *parser, struct json_span *string);
