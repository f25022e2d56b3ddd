#include "base/json_pull.h"

#include "base/text.h"

void json_pull_init(struct json_pull *pull, const char *data, size_t len)
{
    *pull = (struct json_pull){.parser = {.at = data, .end = data + len}};
    buf_init(&pull->parser.text, len);
    if (!text_is_utf8(data, len))
        json_parser_fail(&pull->parser, JSON_PARSER_NOT_JSON);
}

bool json_pull_end(struct json_pull *pull)
{
    struct json_parser *parser = &pull->parser;
    json_parser_skip_blanks(parser);
    buf_fini(&parser->text);
    return !parser->why && parser->depth == 0 && parser->at == parser->end;
}

bool json_pull_is(struct json_pull *pull, char c)
{
    json_parser_skip_blanks(&pull->parser);
    return !pull->parser.why && json_parser_is_at(&pull->parser, c);
}

bool json_pull_enter(struct json_pull *pull, char open)
{
    struct json_parser *parser = &pull->parser;
    pull->fresh = true;
    return !parser->why && json_parser_expect(parser, open) && json_parser_go_in(parser);
}

/* Whether something more stands before the bracket `close`, which is taken otherwise. */
static bool has_more(struct json_pull *pull, char close)
{
    struct json_parser *parser = &pull->parser;
    bool fresh = pull->fresh;
    pull->fresh = false;
    if (parser->why)
        return false;
    if (json_parser_take(parser, close)) {
        parser->depth--;
        return false;
    }
    return fresh || json_parser_expect(parser, ',');
}

bool json_pull_element(struct json_pull *pull)
{
    return has_more(pull, ']');
}

bool json_pull_key(struct json_pull *pull, struct json_span *key)
{
    struct json_parser *parser = &pull->parser;
    if (!has_more(pull, '}') || !json_pull_string(pull, key))
        return false;
    if (memchr(key->data, '\0', key->len))
        return json_parser_fail(parser, JSON_PARSER_NOT_JSON);
    return json_parser_expect(parser, ':');
}

bool json_pull_string(struct json_pull *pull, struct json_span *string)
{
    struct json_parser *parser = &pull->parser;
    return !parser->why && json_parser_expect(parser, '"') && json_parser_string(parser, string);
}

json_t *json_pull_scalar(struct json_pull *pull)
{
    json_parser_skip_blanks(&pull->parser);
    return pull->parser.why ? NULL : json_parser_scalar(&pull->parser);
}

static bool skip_array(struct json_pull *pull)
{
    json_pull_enter(pull, '[');
    while (json_pull_element(pull))
        json_pull_skip(pull);
    return !pull->parser.why;
}

static bool skip_object(struct json_pull *pull)
{
    struct json_span key;
    json_pull_enter(pull, '{');
    while (json_pull_key(pull, &key))
        json_pull_skip(pull);
    return !pull->parser.why;
}

bool json_pull_skip(struct json_pull *pull)
{
    struct json_span string;
    if (json_pull_is(pull, '{'))
        return skip_object(pull);
    if (json_pull_is(pull, '['))
        return skip_array(pull);
    if (json_pull_is(pull, '"'))
        return json_pull_string(pull, &string);
    json_auto_t *scalar = json_pull_scalar(pull);
    return scalar != NULL;
}
