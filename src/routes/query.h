/* The query of a URL. */
#pragma once

#include <jansson.h>

/* An object of the parameters of `query` (application/x-www-form-urlencoded), all text; the last
 * of a name wins; what is no UTF-8 after decoding is left out.  New reference. */
json_t *query_object(const char *query);
