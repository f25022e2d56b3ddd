/* A stream of lines as it arrives, each of them one value (newline-delimited JSON): ended by LF or
 * CRLF, cut anywhere.  Blank lines are none.
 *
 * Lines are told as server-sent events without a name, so that who reads values need not know how
 * they came.  Memory is one line, at most the limit. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "http/sse_reader.h"

struct line_reader {
    struct buf line;
    sse_event_fn *on_line;
    void *owner;
    bool paused;
};

/* Readies a reader in the caller's storage for lines of at most `limit` bytes. */
void line_reader_init(struct line_reader *reader, size_t limit, sse_event_fn *on_line, void *owner);

/* Frees what the reader holds. */
void line_reader_fini(struct line_reader *reader);

/* Reads the next bytes, giving each line that ends in them; *used is how many were read: all but
 * where on_line answered false.  LS_TOO_BIG: a line is longer than the limit; nothing may be fed
 * then. */
enum ls_err line_reader_feed(struct line_reader *reader, const char *data, size_t len,
                             size_t *used) LS_MUST_CHECK;

/* No more comes: gives what stands behind the last line end, if it is no blank. */
void line_reader_end(struct line_reader *reader);
