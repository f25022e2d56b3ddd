/* Prompt templates in the f-string form of LangChain: "Hi {name}, {{not a field}}, {price:.2f}".
 * A field is {variable}, {variable!r}, {variable:format} or both; "{{" and "}}" are braces.
 * Refused when compiled, as LangChain refuses them: attributes {a.b}, indexes {a[0]}, positions
 * {} and {0}, fields inside a format {a:{width}}.  Wrong formats are refused then, too, where
 * LangChain fails at the first use.
 * A template never changes after fstring_compile() and may be shared by all runs; its owner
 * frees it. */
#pragma once

#include <jansson.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

struct fstring;

enum { TEMPLATE_WHY_SIZE = 256 }; /* bytes of a sentence about a template of either format */

/* Compiles `len` bytes of UTF-8 into *out (yours).  LS_BAD_SYNTAX with a sentence in `why`, and
 * *out NULL, when it is no template. */
enum ls_err fstring_compile(struct fstring **out, const char *text, size_t len,
                            char why[TEMPLATE_WHY_SIZE]) LS_MUST_CHECK;

/* Frees a template (or NULL) and nulls *ptr. */
void fstring_free(struct fstring **ptr);

/* How many variables there are; *names, the template's, lists them in the order of first use,
 * none twice. */
size_t fstring_variables(const struct fstring *template, const char *const **names);

/* Appends the text with the members of the object `variables` in the fields, as Python prints
 * them.  LS_BAD_VALUE with a sentence in `why`: a variable is missing or does not take its
 * format; LS_TOO_BIG: the limit of `out`.  `out` may hold a part of the text then. */
enum ls_err fstring_print(const struct fstring *template, const json_t *variables, struct buf *out,
                          char why[TEMPLATE_WHY_SIZE]) LS_MUST_CHECK;
