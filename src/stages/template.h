/* A prompt template of either format; its owner frees it, and it never changes. */
#pragma once

#include "stages/fstring.h"

struct template;

enum template_format { TEMPLATE_FSTRING, TEMPLATE_MUSTACHE };

/* Compiles `len` bytes of UTF-8 into *out (yours).  LS_BAD_SYNTAX with a sentence in `why`, and
 * *out NULL, when it is no template. */
enum ls_err template_compile(struct template **out, enum template_format format, const char *text,
                             size_t len, char why[TEMPLATE_WHY_SIZE]) LS_MUST_CHECK;

/* Frees a template (or NULL) and nulls *ptr. */
void template_free(struct template **ptr);

/* Adds the names of its variables to the object `names`; values are null. */
void template_names(const struct template *template, json_t *names);

/* The schema of a prompt's input that says more than the names: mustache's; NULL: there is none.
 * New reference. */
json_t *template_schema(const struct template *template);

/* Appends the text with the members of the object `variables` in it.  LS_BAD_VALUE with a sentence
 * in `why`; LS_TOO_BIG: the limit of `out`, or of the effort.  `out` may hold a part then. */
enum ls_err template_print(const struct template *template, json_t *variables, struct buf *out,
                           char why[TEMPLATE_WHY_SIZE]) LS_MUST_CHECK;
