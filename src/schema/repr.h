/* Values as Python shows them. */
#pragma once

#include <jansson.h>

#include "base/buf.h"

enum { REPR_MAX = 1 << 20 }; /* what is longer is cut off */

/* repr(): 'text', 1, True, None, ['a'], {'b': 1}. */
void repr_print(struct buf *out, const json_t *value);

/* str(): the same, but a string as it is.  free() it. */
char *repr_str(const json_t *value);
