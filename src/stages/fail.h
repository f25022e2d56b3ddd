/* The input of a stage that cannot do its work. */
#pragma once

#include "run/scope.h"

/* A sink in `scope` that drops its input and, when that has ended well, ends `out` with an error
 * of the kind's status, which a client is told; `message` lives as long as the scope. */
struct sink *fail_sink(struct scope *scope, struct sink *out, enum ls_err err, const char *message);
