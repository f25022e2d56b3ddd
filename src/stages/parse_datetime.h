/* DatetimeOutputParser: an answer that is a time in one format. */
#pragma once

#include "base/err.h"
#include "run/runnable.h"

#define PARSE_DATETIME_FORMAT "%Y-%m-%dT%H:%M:%S.%fZ"

/* A new instance; `format` is strptime's.  LS_BAD_CONFIG with a sentence in `why`. */
enum ls_err parse_datetime_new(struct runnable **out, const char *format,
                               char why[256]) LS_MUST_CHECK;
