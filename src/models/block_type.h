/* Types of content blocks, as the providers' dialects tell them apart. */
#pragma once

#include <stdbool.h>

/* Whether `type` is among `types`, which end with NULL; NULL is none of them. */
bool type_is_any(const char *type, const char *const *types);
