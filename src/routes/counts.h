/* What is counted of requests and of the runs of routes: the series of each handler, method and
 * route are found once in a worker and kept here, so that counting is a few additions. */
#pragma once

#include "routes/site.h"
#include "run/outcome.h"
#include "run/run.h"

struct counts;

/* For the requests to `site` (borrowed). */
struct counts *counts_new(const struct site *site);

/* When no request is under way any more; nulls *counts. */
void counts_free(struct counts **counts);

struct request_note;

/* A request of that method has come, to what its note (which is told how it is counted) says. */
void counts_begin(struct counts *counts, struct request_note *note, const char *method);

/* A request is over, or what was none. */
void counts_end(struct counts *counts, const struct http_record *record);

/* A run of the route has given the first chunk of its stream. */
void counts_first_chunk(struct counts *counts, const struct route *route, struct run *run);

/* A run of the route has ended. */
void counts_run(struct counts *counts, const struct route *route, const struct run *run,
                const struct outcome *outcome, bool streamed);
