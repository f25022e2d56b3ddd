/* What prompts share: their input is an object of variables. */
#pragma once

#include <jansson.h>

#include "base/arena.h"
#include "run/outcome.h"
#include "run/sink.h"

/* The object of variables that `input` stands for (new reference): itself, or, when exactly one
 * variable is wanted, an object of that one (no input is null).  NULL when it is neither. */
json_t *variables_of(json_t *input, const json_t *wanted);

/* The first of `required` (a list of names) that `variables` lacks, as a sentence in `arena`; NULL
 * when nothing is missing. */
const char *variables_missing(struct arena *arena, const json_t *variables, const json_t *required,
                              const char *type);

/* The schema {"properties": …, "required": …, "title": "PromptInput", "type": "object"} of text
 * variables (a sorted list of names); new reference. */
json_t *variables_schema(const json_t *names);

/* The names that the object `names` has and `without` (NULL: none) has not, as a sorted list (new
 * reference). */
json_t *variables_sorted(const json_t *names, const json_t *without);
