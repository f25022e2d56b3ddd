/* An answer of server-sent events about one run: what /stream, /stream_log and /stream_events
 * share.  The head leaves at once, a comment keeps the connection alive while nothing comes, and
 * the last event is `end` or `error`. */
#pragma once

#include "loop/loop.h"
#include "routes/execution.h"

struct sse_answer {
    struct execution execution;
    struct timer ping;
    struct buf event; /* reused for each event */
    bool broken;      /* an event was too large to be sent */
};

/* Begins the answer to `exchange` for what `ask` asks, with a run that streams: a struct of at
 * least `size` bytes that begins with struct sse_answer, zeroed, in the run's arena.  NULL:
 * answered with an error. */
void *sse_answer_new(size_t size, struct service *service, const struct route *route,
                     struct http_exchange *exchange, const struct ask *ask);

/* Begins a `data` event in answer->event. */
void sse_answer_begin(struct sse_answer *answer);

/* Ends the event and sends it.  FULL: the client is slow, run_resume() follows; STOP: nobody reads
 * any more. */
enum flow sse_answer_send(struct sse_answer *answer);

/* Sends what stands in answer->event, whole events, as it is. */
enum flow sse_answer_flush(struct sse_answer *answer);

/* The last event, as the run's end has it.  The answer is over then. */
void sse_answer_end(struct sse_answer *answer, const struct outcome *outcome);
