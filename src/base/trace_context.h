/* W3C Trace Context: which distributed trace a request belongs to, as the headers `traceparent` and
 * `tracestate` say it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/id.h"

enum {
    TRACE_ID_LEN = 32,
    SPAN_ID_BYTES = 8,
    SPAN_ID_LEN = 2 * SPAN_ID_BYTES,
    TRACEPARENT_LEN = 55,
    TRACESTATE_MEMBERS = 32
};

struct trace_context {
    char trace_id[TRACE_ID_LEN + 1]; /* lower-case hex; "" when there is no trace */
    char parent_id[SPAN_ID_LEN + 1]; /* the span of who asked; "" when the trace began here */
    uint8_t flags;                   /* enum trace_flags */
    char own_id[SPAN_ID_LEN + 1];    /* the span that the request itself is */
    const char *state;               /* the list of `tracestate`, handed on as it came; or NULL */
};

enum trace_flags { TRACE_SAMPLED = 1, TRACE_RANDOM = 2 };

/* Reads a `traceparent`; false when it is none, and *out is untouched.  A version that is not known
 * yet is read as far as it is known. */
bool trace_context_read(struct trace_context *out, const char *traceparent);

/* Begins a trace of its own, that nobody samples yet. */
void trace_context_begin(struct trace_context *out);

/* Gives the request a span of its own in its trace: a random id. */
void trace_context_enter(struct trace_context *context);

/* Whether `list` is what `tracestate` may hold: at most 32 members. */
bool trace_state_is_valid(const char *list);

/* The id of the span of `step`. */
void trace_span_id(unsigned char out[SPAN_ID_BYTES], const struct uuid *step);

/* The `traceparent` for a request that is made within the span of `step`. */
void trace_context_format(char out[TRACEPARENT_LEN + 1], const struct trace_context *context,
                          const struct uuid *step);
