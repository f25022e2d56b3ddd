/* Reading of the text form of LZ-string ("compressToEncodedURIComponent"), in which LangServe's
 * playground writes a config into a URL. */
#pragma once

#include <stddef.h>

#include "base/buf.h"

/* Unpacks `len` bytes onto `out` as UTF-8; a surrogate that stands alone is written as three bytes
 * of its own, which no reader of UTF-8 takes.  A blank counts as '+'.
 * LS_BAD_SYNTAX: no such text, or one that ends too early.  LS_TOO_BIG: it unpacks to more than
 * `limit` UTF-16 units, or more than `out` takes.  Nothing is appended then, but what fitted. */
enum ls_err lz_string_unpack(struct buf *out, const char *text, size_t len,
                             size_t limit) LS_MUST_CHECK;
