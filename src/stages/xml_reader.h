/* XML as LangChain's XMLOutputParser shows it: an element is {tag: its text}, or {tag: [its
 * elements]}; attributes, comments and text between elements are left out, names of a namespace
 * read {uri}name.  Entities of its own may a text not declare, and elements stand at most
 * XML_MAX_DEPTH deep.
 *
 * A reader that streams gives an element at its end, with those around it:
 * {outer: [{inner: text}]}.  It passes over what stands before the first tag and behind the root,
 * and does not mind when the end is missing. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

enum { XML_MAX_DEPTH = 200 };

struct xml_reader;

struct xml_reader *xml_reader_new(bool streams);

/* Frees a reader (or NULL); nulls *ptr. */
void xml_reader_free(struct xml_reader **ptr);

/* Reads the next piece of UTF-8, cut anywhere.  LS_PARSE_FAILED: it is no XML; of a reader that
 * streams first told by what follows, so that what came before can be taken. */
enum ls_err xml_reader_feed(struct xml_reader *reader, const char *text, size_t len) LS_MUST_CHECK;

/* The elements that are new, joined (new reference), or NULL; of a reader that streams. */
json_t *xml_reader_take(struct xml_reader *reader);

/* The end.  *value (new reference) is the root, of a reader that streams what can still be taken,
 * or NULL.  LS_PARSE_FAILED: what was fed is no XML, or lacks its end. */
enum ls_err xml_reader_finish(struct xml_reader *reader, json_t **value) LS_MUST_CHECK;

/* What is wrong, with the place: "mismatched tag: line 1, column 4". */
void xml_reader_why(const struct xml_reader *reader, struct buf *why);
