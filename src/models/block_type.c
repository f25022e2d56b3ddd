#include "models/block_type.h"

#include <string.h>

bool type_is_any(const char *type, const char *const *types)
{
    for (; type && *types; types++)
        if (strcmp(*types, type) == 0)
            return true;
    return false;
}
