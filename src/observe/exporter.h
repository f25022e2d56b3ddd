/* Sends items to another server in the background: in batches, by size and by time.
 *
 * Whoever adds never waits and never hears of trouble: what the queue does not hold and what the
 * server does not take is lost, counted, and told of in the log once for each time of trouble. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "loop/fetch.h"
#include "loop/loop.h"

enum { EXPORTER_END = 64 };

/* What is sent where; all borrowed for the exporter's life. */
struct exporter_options {
    const char *name; /* of the server, for the log */
    const char *url;
    const char *const *headers; /* as in struct fetch_request */
    const char *before;         /* what stands before the items of a batch, `before_len` bytes */
    size_t before_len;
    const char *between;                                     /* what parts them */
    void (*end_batch)(struct buf *batch, size_t before_len); /* adds what stands behind them: at
                                                                most EXPORTER_END bytes */
    size_t queue_bytes;                                      /* of all that waits; more is lost */
    size_t batch_bytes; /* of the items of a batch; a larger one is lost */
    unsigned batch_items;
    int64_t delay;   /* ms from the first item to a batch that is not full */
    int64_t timeout; /* ms that the server may take */
};

struct exporter;

struct exporter *exporter_new(struct loop *loop, struct fetch_pool *pool,
                              const struct exporter_options *options);

/* An empty buffer to print the next item into. */
struct buf *exporter_text(struct exporter *exporter);

/* Puts what was printed there into the queue, or loses it. */
void exporter_add(struct exporter *exporter);

/* From now on nothing is delayed; `done` is called on a clean stack, once, when nothing is left. */
void exporter_flush(struct exporter *exporter, void (*done)(void *owner), void *owner);

/* Ends all sending: what is left is lost, and told of.  Before its pool and its loop go. */
void exporter_stop(struct exporter *exporter);

/* Frees a stopped exporter; nulls *exporter. */
void exporter_free(struct exporter **exporter);
