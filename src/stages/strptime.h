/* Times by a format, as Python's datetime.strptime() reads them with the names of the C locale. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct strptime;

enum { STRPTIME_ISO_SIZE = 48 };

/* Compiles a format: %Y %y %m %d %H %I %M %S %f %j %p %b %B %a %A %w %u %z %Z %c %x %X %%.
 * LS_BAD_CONFIG with a sentence in `why` for others (those that count weeks), and for one that
 * stands twice. */
enum ls_err strptime_compile(struct strptime **out, const char *format,
                             char why[256]) LS_MUST_CHECK;

/* Frees it; nulls *format. */
void strptime_free(struct strptime **format);

/* Reads the whole text (UTF-8); `iso` is then the time in ISO 8601.  False: it does not fit. */
bool strptime_read(const struct strptime *format, const char *text, size_t len,
                   char iso[STRPTIME_ISO_SIZE]);
