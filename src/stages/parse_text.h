/* What parsers that read a model's text as it comes share: the stage, and the schema of their
 * input. */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "run/runnable.h"

enum {
    PARSE_WHY_MAX = 4096,   /* bytes of a sentence about what is wrong */
    PARSE_QUOTE_MAX = 2048, /* of a text that is quoted in it */
};

/* How one such parser reads; `state` is what begin() made for the parser `runnable`. */
struct text_reader {
    void *(*begin)(const struct runnable *runnable);
    void (*end)(void *state);
    /* Reads the next piece of UTF-8, cut anywhere. */
    enum ls_err (*feed)(void *state, const char *text, size_t len);
    /* What can be shown now (new reference), or NULL: a snapshot of everything, or a list of the
     * items that are new. */
    json_t *(*ready)(void *state);
    bool snapshots;  /* ready() gives snapshots */
    bool needs_text; /* a stream that brings no text at all is not read, and gives nothing */
    /* The value of the whole text (new reference), of a stream of objects what was not ready yet
     * or NULL; what is wrong with it, or with what feed() was
     * given, goes to `why`. */
    enum ls_err (*finish)(void *state, json_t **value, struct buf *why);
};

/* Opens the stage of the parser `runnable` with `reader`.  Streaming, it pushes what is ready, and at the end
 * what the whole text has beyond that, so that the sum is what invoking gives. */
struct sink *parse_text_open(const struct text_reader *reader, const struct runnable *runnable,
                             struct scope *scope, const struct call *call, struct sink *out);

/* Appends a text to a sentence, cut off where it is long. */
void parse_quote(struct buf *why, const char *text, size_t len);

/* Finds the text of a message, of content blocks or of plain text: *text is `value`'s own where it
 * can be, else in `scratch`.  False when `value` has no text. */
bool parse_text_of(const json_t *value, struct buf *scratch, const char **text, size_t *len);

/* Whether `value` may be a piece of an object whose text comes in another piece. */
bool parse_is_piece(const json_t *value);

/* Text or a message: the schema of every parser's input.  New reference. */
json_t *parse_input_schema(const struct runnable *runnable);

/* A list of strings: the schema of what list parsers give.  New reference. */
json_t *parse_list_output_schema(const struct runnable *runnable);
