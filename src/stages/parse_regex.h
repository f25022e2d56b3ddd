/* RegexParser: the groups of a regular expression in an answer, under names. */
#pragma once

#include "base/err.h"
#include "run/runnable.h"

/* A new instance: group i + 1 of `regex` goes under keys[i] (a list of strings; a reference is
 * kept).  Where nothing matches, `default_key` (copied) has the whole text and the others "", or,
 * where it is NULL, parsing fails.  LS_BAD_CONFIG with a sentence in `why`. */
enum ls_err parse_regex_new(struct runnable **out, const char *regex, json_t *keys,
                            const char *default_key, char why[256]) LS_MUST_CHECK;
