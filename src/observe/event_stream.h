/* The events of LangChain's astream_events, in its version 2 or 1, as JSON texts: each step's
 * start, chunks and end.
 *
 * Per chunk it costs the printing of the chunk and a copy of what all events of the step share,
 * which is printed once. */
#pragma once

#include "observe/emitter.h"
#include "observe/event_filter.h"
#include "run/observer.h"

struct event_stream {
    struct observer observer;
    struct emitter *emitter;
    const struct event_filter *filter;
    json_t *input;    /* of the run, borrowed: the first event shows it */
    size_t max_bytes; /* of a value in an event of a step that is not the root; 0: no limit */
    bool v1;
    bool began;        /* an event was sent */
    struct uuid first; /* the step of the first event */
};

/* Readies `stream` (its other members are set) to be given to run_observe(). */
void event_stream_init(struct event_stream *stream);
