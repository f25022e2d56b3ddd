/* A box: the Lua state of one lambda in one process, with nothing in it that reaches outside.
 *
 * A box is filled once (box_load_text() or box_load_file(), and box_require()) when the app is
 * built, and then runs its function any number of times, as routines (lua/routine.h).  Its memory
 * and the time of each call are limited; no other box can be reached from it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct box;

struct box_limits {
    size_t memory;   /* bytes, of all calls of the box together */
    int64_t time_ms; /* of one call, without what it waits for */
};

/* Where source text stands. */
struct box_source {
    const char *file; /* for messages */
    int line;         /* of the text's first line; 0: not in a file, lines count from 1 */
    const char *text;
    size_t len;
};

/* A box that takes its modules from the folder `path` (copied; NULL: none). */
struct box *box_new(const struct box_limits *limits, const char *path);

/* Frees a box in which no routine is left; nulls *box. */
void box_free(struct box **box);

/* Compiles the box's function: an expression over `input` and `config`, or a body.  *why is a
 * sentence that begins with "file:line: " (free() it) when this fails. */
enum ls_err box_load_text(struct box *box, const struct box_source *source,
                          char **why) LS_MUST_CHECK;

/* Runs the file at `path`; the box's function is the one of that name, among the file's globals or
 * in the table that it returns. */
enum ls_err box_load_file(struct box *box, const char *path, const char *function,
                          char **why) LS_MUST_CHECK;

/* Whether the box's function has parameters; those of box_load_text() have. */
bool box_takes_input(const struct box *box);

/* Loads a module of the app, so that `require` finds it. */
enum ls_err box_require(struct box *box, const char *module, char **why) LS_MUST_CHECK;

/* Bytes that the box holds now. */
size_t box_memory(const struct box *box);
