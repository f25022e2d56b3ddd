/* The endpoints: each answers one complete request, now or later. */
#pragma once

#include "routes/site.h"

endpoint_fn answer_invoke;        /* POST /invoke: the whole output */
endpoint_fn answer_batch;         /* POST /batch: many inputs, all outputs */
endpoint_fn answer_stream;        /* POST /stream: chunks as server-sent events */
endpoint_fn answer_stream_log;    /* POST /stream_log: the run as JSON patches of its log */
endpoint_fn answer_stream_events; /* POST /stream_events: the run as LangChain's events */
endpoint_fn answer_run_events;    /* GET /runs/{run_id}/events: the rest of a stream */
endpoint_fn answer_run_cancel;    /* POST /runs/{run_id}/cancel: ends a run early */
endpoint_fn answer_rest; /* a plain endpoint: the body is the input, the answer the output */
endpoint_fn answer_input_schema;
endpoint_fn answer_output_schema;
endpoint_fn answer_config_schema;
endpoint_fn answer_playground;        /* GET /playground/: a page to try the route */
endpoint_fn answer_feedback;          /* POST, HEAD /feedback: what a run was worth */
endpoint_fn answer_token_feedback;    /* POST /token_feedback: likewise, of a token's run */
endpoint_fn answer_public_trace_link; /* PUT, HEAD /public_trace_link */
endpoint_fn answer_health;            /* GET /health: the worker is alive */
endpoint_fn answer_ready;             /* GET /ready: and has what it needs */
endpoint_fn answer_metrics;           /* GET, HEAD /metrics: what all workers counted */
endpoint_fn answer_index; /* GET /: the routes, for a person (HTML) or a program (JSON) */
