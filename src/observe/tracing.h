/* A worker's tracing: what it tells LangSmith and OpenTelemetry of its requests and runs.
 *
 * Where traces go is read from the environment when the app is loaded; nothing that a client sends
 * has a part in it. */
#pragma once

#include "observe/langsmith_trace.h"
#include "observe/otlp_trace.h"

/* What traces go where; NULL members: there is none. */
struct tracing_options {
    const struct langsmith_traces *langsmith;
    const struct otlp_traces *otlp;
};

struct tracing;

/* NULL when there is nothing to trace for; `options` is borrowed for its life. */
struct tracing *tracing_new(struct loop *loop, const struct tracing_options *options);

/* Traces a run, before it is opened, on behalf of a request to `endpoint`. */
void tracing_run(struct tracing *tracing, struct run *run, const struct http_request *request,
                 const char *endpoint);

/* Whether somebody wants to hear of a request that is over; then what tracing_request() tells. */
bool tracing_wants_request(const struct tracing *tracing, const struct http_request *request);
void tracing_request(struct tracing *tracing, const struct http_record *record, const char *route,
                     const char *client);

/* Sends what is left, within some seconds; then calls `done`, on a clean stack. */
void tracing_drain(struct tracing *tracing, void (*done)(void *owner), void *owner);

/* Ends all sending, before the loop goes; what runs tell afterwards is lost. */
void tracing_stop(struct tracing *tracing);

/* Frees it, once no run is left; nulls *tracing. */
void tracing_free(struct tracing **tracing);
