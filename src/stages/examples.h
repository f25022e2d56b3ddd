/* The examples of a few-shot prompt, and how many of them are shown. */
#pragma once

#include <stdint.h>

#include "stages/template.h"

struct examples {
    size_t count;
    json_t *messages;        /* a list of messages for each, or */
    struct template **texts; /* a template for each */
    size_t *lengths;         /* of each, in words; NULL: all are shown */
    int64_t max_length;      /* in words: of the shown examples and the variables together */
};

/* Frees what is in there. */
void examples_fini(struct examples *examples);

/* How many words LangChain's LengthBasedExampleSelector counts: pieces between blanks and line
 * ends, empty ones too. */
size_t examples_words(const char *text, size_t len);

/* How many examples, from the first on, fit in with these variables.  LS_BAD_VALUE with a sentence
 * in `why`: one of them is no text; lists (of messages) are not counted. */
enum ls_err examples_choose(const struct examples *examples, const json_t *variables, size_t *count,
                            char why[TEMPLATE_WHY_SIZE]) LS_MUST_CHECK;
