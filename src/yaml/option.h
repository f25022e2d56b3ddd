/* Tables of options: one row per key of a mapping, from which the reader, the JSON Schema for
 * editors and the reference page are all made.
 *
 * A table describes the fields of a C struct.  What the mapping does not say gets the row's
 * fallback, so a table is also where a default is decided.  A null counts as not said, except for
 * OPTION_JSON and OPTION_NODE, whose value it is. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "yaml/node.h"
#include "yaml/problems.h"

/* The type of an option, with the C type of the field it fills. */
enum option_type {
    OPTION_STRING,      /* const char *; NULL when absent without fallback */
    OPTION_BOOL,        /* bool */
    OPTION_INT,         /* int64_t, between min and max */
    OPTION_COUNT,       /* int64_t, between min and max; 0 for `auto` */
    OPTION_REAL,        /* double, between min and max; NAN when absent without fallback */
    OPTION_DURATION,    /* int64_t ms: `30s`, `1m30s`, `250ms`, `2h`; a bare number is seconds */
    OPTION_SIZE,        /* int64_t bytes: `10MB`, `64KB` (powers of 1024); a bare number is bytes */
    OPTION_ENUM,        /* int: index into `choices` */
    OPTION_STRING_LIST, /* struct option_strings, of `choices` if there are any; one string
                           stands for a list of one */
    OPTION_STRING_MAP,  /* json_t * (object of strings, the arena's), NULL when absent */
    OPTION_JSON,        /* json_t * (any value, the arena's), NULL when absent; not interpolated */
    OPTION_NODE,        /* const struct node * as it stands, NULL when absent; not interpolated */
};

struct option_strings {
    const char **items; /* NULL when absent (count 0 with items: an empty list was given) */
    size_t count;
};

/* One row.  The table ends with a row whose name is NULL. */
struct option {
    const char *name;
    const char *also; /* its name in LangServe or LangChain: not taken, but told; NULL: none */
    enum option_type type;
    size_t offset;        /* of the field in the struct */
    const char *fallback; /* YAML scalar taken when the key is absent, or NULL */
    double min, max; /* INT, COUNT, REAL, DURATION (ms), SIZE; both 0: any (DURATION, SIZE: >= 0) */
    const char *const *choices; /* ENUM, STRING_LIST: ends with NULL */
    bool required;
    bool fixed;         /* no run may set it */
    bool secret;        /* its value never appears in messages */
    const char *doc;    /* a sentence or two for the reference page, Markdown */
    const char *schema; /* JSON Schema, as text, of a JSON or NODE option; NULL: anything */
};

/* Fills the struct at `out` (zeroed by the caller) from `map` (NULL or NODE_NULL: all absent)
 * and adds what is wrong to `problems`: unknown keys (with the nearest known), wrong types, values
 * out of range, required keys that are missing (at `map`'s place).  Strings are interpolated
 * (yaml/interpolate.h).  Keys named in `others` (NULL-terminated, or NULL) belong to someone else
 * and are passed over, but are offered in "did you mean".  `what` names the mapping in messages
 * ("model", "route", "server").  Texts live in `arena`.  An unknown key is told once, however
 * many tables read the mapping.  A field whose value
 * is wrong has its fallback; a value about whose place an error was told already is passed over
 * in silence. */
void options_read(const struct option *table, const struct node *map, void *out,
                  const char *const *others, const char *what, struct arena *arena,
                  struct problems *problems);

/* The `properties` object of a JSON Schema (new reference): type, enum, default, description of
 * each row; and the list of required names (new reference; empty when none). */
json_t *options_json_schema(const struct option *table);
json_t *options_required(const struct option *table);

/* The JSON Schema of a value of one row that comes from a program: without what YAML adds to it
 * (numbers as text, references to the environment); with the row's default.  New reference. */
json_t *option_value_schema(const struct option *row);

/* A Markdown table of the rows: option, type, default, meaning. */
void options_markdown(const struct option *table, struct buf *out);

/* The strings as a JSON list (new reference). */
json_t *option_strings_json(const struct option_strings *strings);
