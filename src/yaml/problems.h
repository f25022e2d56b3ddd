/* What is wrong with an app, all of it, where it was written. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "yaml/node.h"

enum severity { SEVERITY_ERROR, SEVERITY_WARNING };

struct problem {
    enum severity severity;
    struct place place;
    char *text;
};

/* Problems kept in one list, and bytes of a value quoted in a message. */
enum { PROBLEMS_MAX = 1000, PROBLEMS_QUOTE = 256 };

/* A list of problems, in the order of finding; a problem told twice is kept, and counted in `errors`,
 * once; behind PROBLEMS_MAX they are counted only.  Whether something was wrong just now is seen by
 * `told`, which counts all.  Places are copied with their file names, so
 * that the list may outlive the nodes. */
struct problems {
    struct problem *items;
    size_t count, cap;
    size_t errors;
    size_t told; /* errors, those that were known already too */
};

/* An empty list in the caller's storage; frees what it holds. */
void problems_init(struct problems *problems);
void problems_fini(struct problems *problems);

/* Adds a problem (printf text; no newline). */
void problems_error(struct problems *problems, struct place place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void problems_warn(struct problems *problems, struct place place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Sorts by file, line and column, keeping the order of finding within one place. */
void problems_sort(struct problems *problems);

/* Prints "app.yaml:3:7: error: text\n" for each (without line and column where there are none): one
 * line, in which what would end it and other controls are escaped. */
void problems_print(const struct problems *problems, struct buf *out);

/* Logs each of them, so printed, as an error or a warning. */
void problems_log(const struct problems *problems, const char *event);

/* Adds the error "unknown KIND 'word'", with ", did you mean 'x'?" or, where nothing is near,
 * ", one of: a, b, c".  `words` ends with NULL.  `word` NULL: it is secret, and not shown. */
void problems_unknown(struct problems *problems, struct place place, const char *kind,
                      const char *word, const char *const *words);

/* `node` if it is a mapping; else NULL, and told as the section `name` unless it is absent or null. */
const struct node *problems_map(struct problems *problems, const struct node *node,
                                const char *name);

/* Whether an error was already told about exactly this place, so that a value known to be wrong
 * is not complained about once more. */
bool problems_has(const struct problems *problems, struct place place);

/* Writes `len` bytes of valid UTF-8 in double quotes to `out` for use in a message: one line, and
 * cut off with "…" behind 40 code points.  Returns `out`. */
const char *problems_quote(char out[PROBLEMS_QUOTE], const char *text, size_t len);
