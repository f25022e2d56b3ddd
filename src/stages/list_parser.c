/* Design: the machine of CPython's csv module, one byte at a time (all its signs are ASCII).
 * Lines end at '\n' alone, as StringIO's do; a line's end is a sign of its own, LINE_END. */
#include "stages/list_parser.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

enum { LINE_END = -1, CSV_FIELD_LIMIT = 131072 /* csv.field_size_limit() */ };

enum csv_state { RECORD_START, FIELD_START, IN_FIELD, IN_QUOTES, QUOTE_IN_QUOTES, AFTER_RETURN };

struct list_parser {
    enum csv_state state;
    bool is_broken;   /* a lone carriage return, or an item too long for csv */
    bool at_line;     /* nothing came since the last '\n' */
    bool is_holding;  /* `held` is an item */
    bool has_given;   /* an item was appended */
    struct buf field; /* the item being read */
    size_t chars;     /* characters in it */
    json_t *held;     /* the last complete item: it waits for the next one to begin */
};

struct list_parser *list_parser_new(size_t limit)
{
    struct list_parser *parser = mem_zalloc(1, sizeof *parser);
    parser->at_line = true;
    buf_init(&parser->field, limit);
    return parser;
}

void list_parser_free(struct list_parser **ptr)
{
    struct list_parser *parser = *ptr;
    *ptr = NULL;
    if (!parser)
        return;
    buf_fini(&parser->field);
    json_decref(parser->held);
    free(parser);
}

static void release_held(struct list_parser *parser, json_t *items)
{
    if (!parser->is_holding)
        return;
    (void)json_array_append_new(items, parser->held);
    parser->held = NULL;
    parser->is_holding = false;
    parser->has_given = true;
}

/* The item is complete; `next` is the state behind it. */
static void end_field(struct list_parser *parser, enum csv_state next, json_t *items)
{
    release_held(parser, items);
    parser->held = json_stringn(buf_str(&parser->field), parser->field.len);
    parser->is_holding = parser->held != NULL;
    buf_reset(&parser->field);
    parser->chars = 0;
    parser->state = next;
}

static enum ls_err add_char(struct list_parser *parser, int c, enum csv_state next)
{
    parser->state = next;
    if (((unsigned)c & 0xc0) != 0x80 && ++parser->chars > CSV_FIELD_LIMIT)
        parser->is_broken = true;
    return buf_add_char(&parser->field, (char)c);
}

static bool is_line_end(int c)
{
    return c == '\n' || c == '\r' || c == LINE_END;
}

static enum ls_err read_outside(struct list_parser *parser, int c, json_t *items)
{
    if (is_line_end(c))
        end_field(parser, c == LINE_END ? RECORD_START : AFTER_RETURN, items);
    else if (c == ',')
        end_field(parser, FIELD_START, items);
    else
        return add_char(parser, c, IN_FIELD);
    return LS_OK;
}

static enum ls_err read_field_start(struct list_parser *parser, int c, json_t *items)
{
    release_held(parser, items);
    parser->state = FIELD_START;
    if (c == ' ')
        return LS_OK;
    if (c == '"')
        return parser->state = IN_QUOTES, LS_OK;
    return read_outside(parser, c, items);
}

static enum ls_err read_in_quotes(struct list_parser *parser, int c)
{
    if (c == '"')
        parser->state = QUOTE_IN_QUOTES;
    else if (c != LINE_END)
        return add_char(parser, c, IN_QUOTES);
    return LS_OK;
}

static enum ls_err read_sign(struct list_parser *parser, int c, json_t *items)
{
    switch (parser->state) {
    case AFTER_RETURN:
        if (c == LINE_END)
            parser->state = RECORD_START;
        if (is_line_end(c))
            return LS_OK;
        parser->is_broken = true;
        return read_field_start(parser, c, items);
    case RECORD_START:
        if (c == LINE_END)
            return LS_OK;
        if (is_line_end(c))
            return parser->state = AFTER_RETURN, LS_OK;
        return read_field_start(parser, c, items);
    case FIELD_START: return read_field_start(parser, c, items);
    case IN_QUOTES: return read_in_quotes(parser, c);
    case QUOTE_IN_QUOTES:
        return c == '"' ? add_char(parser, c, IN_QUOTES) : read_outside(parser, c, items);
    case IN_FIELD: break;
    }
    return read_outside(parser, c, items);
}

enum ls_err list_parser_feed(struct list_parser *parser, const char *text, size_t len,
                             json_t *items)
{
    enum ls_err err = LS_OK;
    for (size_t i = 0; i < len && !err; i++) {
        err = read_sign(parser, (unsigned char)text[i], items);
        parser->at_line = text[i] == '\n';
        if (parser->at_line && !err)
            err = read_sign(parser, LINE_END, items);
    }
    /* Behind a comma the next item has begun, even if nothing of it is there yet. */
    if (parser->state == FIELD_START)
        release_held(parser, items);
    return err;
}

static enum ls_err end_text(struct list_parser *parser, json_t *items)
{
    enum ls_err err = parser->at_line ? LS_OK : read_sign(parser, LINE_END, items);
    if (!err && parser->state == IN_QUOTES)
        end_field(parser, RECORD_START, items);
    return err;
}

enum ls_err list_parser_finish(struct list_parser *parser, json_t *items)
{
    enum ls_err err = end_text(parser, items);
    bool is_empty = parser->is_holding && json_string_length(parser->held) == 0;
    if (!err && !(is_empty && parser->has_given))
        release_held(parser, items);
    return err;
}

static json_t *split_at_commas(const char *text, size_t len)
{
    json_t *items = json_array();
    for (const char *at = text, *end = text + len;; at++) {
        const char *comma = memchr(at, ',', (size_t)(end - at));
        const char *item = at;
        size_t size = (size_t)((comma ? comma : end) - at);
        text_strip(&item, &size);
        (void)json_array_append_new(items, json_stringn(item, size));
        if (!comma)
            return items;
        at = comma;
    }
}

enum ls_err list_parser_parse(json_t **out, const char *text, size_t len)
{
    *out = json_array();
    struct list_parser *parser = list_parser_new(len + 1);
    enum ls_err err = list_parser_feed(parser, text, len, *out);
    if (!err)
        err = end_text(parser, *out);
    release_held(parser, *out);
    bool is_broken = parser->is_broken;
    list_parser_free(&parser);
    if (!err && is_broken) {
        json_decref(*out);
        *out = split_at_commas(text, len);
    }
    return err;
}
