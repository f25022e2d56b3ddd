/* BooleanOutputParser: which of two words an answer has. */
#pragma once

#include "base/err.h"
#include "run/runnable.h"

/* A new instance; the words are copied, case does not count.  LS_BAD_CONFIG with a sentence in
 * `why` when they are empty or too long. */
enum ls_err parse_boolean_new(struct runnable **out, const char *true_val, const char *false_val,
                              char why[256]) LS_MUST_CHECK;
