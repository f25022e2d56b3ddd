/* What parsers share that read a text only when all of it is there: they give one value. */
#pragma once

#include "stages/parse_text.h"

/* Reads `text` into *value (new reference); what is wrong with it goes to `why`. */
typedef enum ls_err parse_whole_fn(const struct runnable *runnable, const char *text, size_t len,
                                   json_t **value, struct buf *why);

/* The beginning of such an instance. */
struct parse_whole {
    struct runnable runnable;
    parse_whole_fn *parse;
};

/* Rows of runnable_ops. */
struct sink *parse_whole_open(const struct runnable *runnable, struct scope *scope,
                              const struct call *call, struct sink *out);

/* LS_PARSE_FAILED with "before 'text' after" in `why`, quotes not counted. */
enum ls_err parse_fail(struct buf *why, const char *before, const char *text, size_t len,
                       const char *after);
