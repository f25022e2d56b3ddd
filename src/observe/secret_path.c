#include "observe/secret_path.h"

#include <string.h>

bool secret_path(const char *template)
{
    return strstr(template, "{config_hash}") || strstr(template, "/token_feedback");
}
