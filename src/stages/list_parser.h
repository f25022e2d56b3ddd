/* Comma-separated lists in a model's answer, as LangChain's CommaSeparatedListOutputParser reads
 * them: Python's csv.reader with '"' for quotes, ',' between and blanks behind commas skipped.
 * The streaming reader gives items as they become certain, however the text is cut.  It keeps
 * quoted items whole; LangChain's own stream forgets an open quote at each piece.
 * Owner: whoever made it; memory: one item, at most the limit. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

/* The items of a whole text as an array of strings into *out (yours).  A text that is no CSV (a
 * lone carriage return, an item above 131,072 characters) is split at its commas. */
enum ls_err list_parser_parse(json_t **out, const char *text, size_t len) LS_MUST_CHECK;

struct list_parser;

/* A reader whose items hold at most `limit` bytes. */
struct list_parser *list_parser_new(size_t limit);

/* Frees a reader (or NULL) and nulls *ptr. */
void list_parser_free(struct list_parser **ptr);

/* Reads the next `len` bytes of UTF-8 and appends the items that are certain now, strings, to
 * the array `items`: an item is certain once the next one has begun.  LS_TOO_BIG: an item
 * exceeds the limit; nothing may be fed then. */
enum ls_err list_parser_feed(struct list_parser *parser, const char *text, size_t len,
                             json_t *items) LS_MUST_CHECK;

/* The end of the text: appends the last item, which LangChain's stream leaves out when it is
 * empty and not the only one. */
enum ls_err list_parser_finish(struct list_parser *parser, json_t *items) LS_MUST_CHECK;
