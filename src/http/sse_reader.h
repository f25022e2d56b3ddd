/* Server-sent events as they arrive (https://html.spec.whatwg.org/#event-stream-interpretation):
 * any line end, comments, several data lines, a byte order mark, cut anywhere.
 *
 * Memory is one event, at most the limit. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

/* One event; borrowed for the call. */
struct sse_event {
    const char *type; /* "message" where the stream names none */
    const char *data; /* NUL behind it */
    size_t len;
};

/* Takes an event; false: reading pauses behind it. */
typedef bool sse_event_fn(void *owner, const struct sse_event *event);

struct sse_reader {
    struct buf line, type, data;
    size_t limit;
    sse_event_fn *on_event;
    void *owner;
    bool bare; /* set by the owner: an event that has a name and no data is one, too */
    bool has_data, after_cr, past_mark, paused;
};

/* Readies a reader in the caller's storage for events of at most `limit` bytes. */
void sse_reader_init(struct sse_reader *reader, size_t limit, sse_event_fn *on_event, void *owner);

/* Frees what the reader holds. */
void sse_reader_fini(struct sse_reader *reader);

/* Reads the next bytes, giving each event that ends in them; *used is how many were read: all but
 * where on_event answered false.  LS_TOO_BIG: an event or a line is longer than the limit; nothing
 * may be fed then. */
enum ls_err sse_reader_feed(struct sse_reader *reader, const char *data, size_t len,
                            size_t *used) LS_MUST_CHECK;
