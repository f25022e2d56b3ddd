/* The server-sent events of one run: what /stream, /stream_log and /stream_events share.  They go
 * straight to the client; or, where the route's streams can be resumed, to the log of a kept run,
 * which the client follows.  The last event is `end` or `error`. */
#pragma once

#include "routes/execution.h"
#include "routes/kept_run.h"
#include "routes/sse_out.h"

struct sse_answer {
    struct execution execution;
    struct sse_out out;
    struct kept_run *kept; /* NULL: the client alone hears of the run */
    const char *metadata;  /* of a kept run: it is the request that they depend on */
    struct buf event;      /* reused for each event */
    bool broken;           /* an event was too large to be sent */
};

/* Begins the answer of `endpoint` to `exchange` for what `ask` asks, with a run that streams: a
 * struct of at least `size` bytes that begins with struct sse_answer, zeroed, in the run's arena.
 * NULL: answered with an error. */
void *sse_answer_new(size_t size, struct service *service, const struct route *route,
                     endpoint_fn *endpoint, struct http_exchange *exchange, const struct ask *ask);

/* Whether anybody may read what is sent. */
bool sse_answer_is_read(const struct sse_answer *answer);

/* Begins an event of that name in answer->event: its data follow. */
void sse_answer_begin(struct sse_answer *answer, const char *name);

/* Ends the event and sends it.  FULL: the client is slow, run_resume() follows; STOP: nobody reads
 * any more. */
enum flow sse_answer_send(struct sse_answer *answer);

/* Sends the `metadata` event. */
enum flow sse_answer_send_metadata(struct sse_answer *answer);

/* The last event, as the run's end has it.  The answer is over then. */
void sse_answer_end(struct sse_answer *answer, const struct outcome *outcome);
