/* Errors inside the server: the rows of err.def. */
#pragma once

#include <langserved/error.h>

#define LS_MUST_CHECK __attribute__((warn_unused_result))

/* The HTTP status that answers `err` (200 for LS_OK). */
int err_status(enum ls_err err);

/* The machine-readable code of `err` in answers and logs, e.g. "rate_limited"; never NULL. */
const char *err_code(enum ls_err err);

/* How many errors there are: valid values are 0 … err_count() - 1. */
int err_count(void);
