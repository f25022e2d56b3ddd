/* LangSmith's traces: each step of a run as one of its runs, in the form of LangChain's tracer.
 *
 * Everything but the steps is said by the server's environment: where it goes, with which key,
 * into which project. */
#pragma once

#include <stdbool.h>

#include "observe/exporter.h"
#include "run/run.h"

/* What is sent; borrowed for the life of what uses it. */
struct langsmith_traces {
    const char *url; /* of the API, without a slash at its end */
    const char *key; /* NULL: none */
    const char *project;
    bool hide_inputs, hide_outputs, hide_metadata;
    double rate; /* of all runs, those that are traced: 0 to 1 */
};

/* Whether a new run is one of those that are traced. */
bool langsmith_samples(const struct langsmith_traces *traces);

/* Traces a run, before it is opened.  `about`: metadata of all its steps (taken over). */
void langsmith_trace(struct exporter *exporter, const struct langsmith_traces *traces,
                     struct run *run, json_t *about);
