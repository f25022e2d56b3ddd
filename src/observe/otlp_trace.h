/* OpenTelemetry's traces: a span for each request to a route, and one for each step of its runs.
 *
 * Spans tell how long what took and how it ended, and of models who they are and what they used
 * (the GenAI conventions): never what was asked or answered. */
#pragma once

#include "http/server.h"
#include "observe/exporter.h"
#include "observe/otlp_format.h"
#include "run/run.h"

enum otlp_sampler { OTLP_ALL, OTLP_NONE, OTLP_RATIO };

/* What is sent; borrowed for the life of what uses it. */
struct otlp_traces {
    const char *url;
    const char *const *headers; /* "Name: value", NULL-terminated */
    const struct otlp_format *format;
    const char *before; /* a batch up to its spans, which says who tells; `before_len` bytes */
    size_t before_len;
    enum otlp_sampler sampler;
    bool by_parent; /* a trace that comes in is sampled as its caller does */
    double ratio;   /* of OTLP_RATIO */
    int64_t delay, timeout;
};

/* Whether a trace is told of; the same for all who ask. */
bool otlp_samples(const struct otlp_traces *traces, const struct trace_context *trace);

/* Traces a run, before it is opened, as a part of the request that its trace says. */
void otlp_trace(struct exporter *exporter, const struct otlp_traces *traces, struct run *run);

/* Tells of a request that is over; `route` is its path as a pattern. */
void otlp_tell_request(struct exporter *exporter, const struct otlp_traces *traces,
                       const struct http_record *record, const char *route, const char *client);
