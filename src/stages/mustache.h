/* Prompt templates in the mustache form of LangChain: "Hi {{name}}{{#past}}, you said {{text}}{{/past}}".
 *
 * What is read and printed is what langchain_core.utils.mustache reads and prints, where the
 * specification differs, too: elements of a list and sections that are falsy print nothing inside,
 * values print as Python prints them, `'` is not escaped, and partials ({{>x}}) are empty, for
 * prompts have none.  Beyond that a template is refused that stands more than MUSTACHE_MAX_DEPTH
 * names deep, and printing takes a bounded effort whatever the data.
 * A template never changes after mustache_compile() and may be shared by all runs; its owner
 * frees it. */
#pragma once

#include <jansson.h>

#include "stages/fstring.h"

enum {
    MUSTACHE_MAX_DEPTH = 100,     /* names in open sections and in a tag's path, together */
    MUSTACHE_MAX_STEPS = 5000000, /* tags, elements and scopes visited in one printing */
};

struct mustache;

/* Compiles `len` bytes of UTF-8 into *out (yours).  LS_BAD_SYNTAX with a sentence in `why`, and
 * *out NULL, when it is no template. */
enum ls_err mustache_compile(struct mustache **out, const char *text, size_t len,
                             char why[TEMPLATE_WHY_SIZE]) LS_MUST_CHECK;

/* Frees a template (or NULL) and nulls *ptr. */
void mustache_free(struct mustache **ptr);

/* Adds the names of the top-level variables to the object `names`; values are null. */
void mustache_names(const struct mustache *mustache, json_t *names);

/* The schema of the variables and of what is asked of them: "PromptInput" (new reference). */
json_t *mustache_schema(const struct mustache *mustache);

/* Appends the text with the members of the object `variables`.  LS_BAD_VALUE with a sentence in
 * `why`: sections overlap so that one ends which is not open; LS_TOO_BIG: the limit of `out`, or of
 * the effort.  `out` may hold a part of the text then. */
enum ls_err mustache_print(const struct mustache *mustache, json_t *variables, struct buf *out,
                           char why[TEMPLATE_WHY_SIZE]) LS_MUST_CHECK;
