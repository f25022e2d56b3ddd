/* An exchange that is answered with server-sent events: the head leaves at once, and a comment keeps
 * the connection alive while nothing comes. */
#pragma once

#include "http/server.h"
#include "loop/loop.h"
#include "run/sink.h"

struct sse_out {
    struct http_exchange **exchange; /* where the owner has it: NULL once the client is gone */
    struct timer ping;
    int64_t quiet_since; /* on the loop's clock */
};

/* Begins the answer to *exchange. */
void sse_out_begin(struct sse_out *out, struct loop *loop, struct http_exchange **exchange);

/* Sends whole events.  FULL: the client is slow; STOP: it is gone. */
enum flow sse_out_write(struct sse_out *out, const char *data, size_t len);

/* Ends the answer, and nulls the owner's exchange; harmless when the client is gone. */
void sse_out_end(struct sse_out *out, bool clean);
