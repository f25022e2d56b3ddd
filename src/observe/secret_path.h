/* Which paths nobody tells of as they were sent, in logs and traces alike. */
#pragma once

#include <stdbool.h>

/* Whether a path of this template holds what stays here: a config hash is the config itself, values
 * and all, and who has a feedback token may use it.  The template is told instead. */
bool secret_path(const char *template);

/* Whether a query names something as if it were a key or a password (`?api_key=…`); one whose names
 * are percent-encoded may. */
bool secret_query(const char *query);
