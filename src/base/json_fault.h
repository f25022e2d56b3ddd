/* What Python's JSON reader says of a text that is no JSON, and where: FastAPI tells it to
 * clients. */
#pragma once

#include <stddef.h>

/* The sentence (static) of Python's json module for the first fault of `len` bytes of UTF-8, and
 * the fault's place in code points; NULL when Python's reader would take the text. */
const char *json_fault(const char *text, size_t len, size_t *place);
