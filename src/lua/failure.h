/* Errors as outcomes that own what they hold. */
#pragma once

#include "run/outcome.h"

/* A copy of an error or an interrupt. */
void failure_copy(struct outcome *to, const struct outcome *from);

/* Drops what a copy holds; a zeroed outcome is harmless. */
void failure_fini(struct outcome *failure);
