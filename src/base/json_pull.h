/* Reads a JSON text from front to back without making values of it: for those who want little of
 * much.  It takes exactly the texts that json_read() takes of UTF-8 that begins with no mark; after
 * something that is not well nothing more is found. */
#pragma once

#include <string.h>

#include "base/json_parser.h"

struct json_pull {
    struct json_parser parser;
    bool fresh; /* a bracket was just taken: no comma stands before what follows */
};

/* Begins at a text, which outlives the reader. */
void json_pull_init(struct json_pull *pull, const char *data, size_t len);

/* Frees what the reader holds; true when the text was read to its end and all of it is well. */
bool json_pull_end(struct json_pull *pull);

/* Whether what comes next begins with `c`. */
bool json_pull_is(struct json_pull *pull, char c);

/* Goes into the object ('{') or array ('[') that comes next. */
bool json_pull_enter(struct json_pull *pull, char open);

/* Whether the array has another element, which comes next; else leaves it. */
bool json_pull_element(struct json_pull *pull);

/* Reads the key of the object's next member, whose value comes next, or leaves the object.  The
 * key is valid until the next call. */
bool json_pull_key(struct json_pull *pull, struct json_span *key);

/* Reads the string that comes next; valid until the next call. */
bool json_pull_string(struct json_pull *pull, struct json_span *string);

/* Reads the number, true, false or null that comes next (a new reference), or is NULL. */
json_t *json_pull_scalar(struct json_pull *pull);

/* Passes over the value that comes next. */
bool json_pull_skip(struct json_pull *pull);

static inline bool json_span_is(const struct json_span *span, const char *text)
{
    return span->len == strlen(text) && memcmp(span->data, text, span->len) == 0;
}
