/* Whole files. */
#pragma once

#include "base/buf.h"

/* Appends what a regular file holds.  NULL; or why that cannot be had, as errno says it or in words
 * of ours: where it is more than `out` takes, out->full is set. */
const char *file_read(const char *path, struct buf *out);
