/* Upper and lower case by Unicode's full mappings, as Python's str.upper() and str.lower() have
 * them: "ß" becomes "SS", and a sigma that ends a word "ς". */
#pragma once

#include <stddef.h>

enum { TEXT_CASE_GROWTH = 6 }; /* how many times longer a text may become, at most */

/* Writes the text (valid UTF-8) in the other case to `out`; returns its length. */
size_t text_case_upper(const char *text, size_t len, char *out);
size_t text_case_lower(const char *text, size_t len, char *out);
