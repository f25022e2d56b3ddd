/* Runs whose streams can be resumed.  What a run tells is printed once, as events that carry an
 * `id`; a hub keeps the events, and exchanges follow it: the one that asked for the run, and those
 * that come back for it.  A run is kept for a while after its end.
 *
 * An event's id is "{run id}:{number}", so that it alone finds the run. */
#pragma once

#include "base/buf.h"
#include "http/server.h"
#include "loop/loop.h"
#include "routes/site.h"
#include "run/run.h"

struct kept_run;
struct kept_runs;
struct shared_ids;

/* The kept runs of a worker; none yet. */
struct kept_runs *kept_runs_new(struct loop *loop);

/* Tells other workers which runs there are, in `ids` (borrowed). */
void kept_runs_share(struct kept_runs *runs, struct shared_ids *ids);

/* Forgets the runs, and cancels those that have not ended; nulls *runs. */
void kept_runs_free(struct kept_runs **runs);

/* The run of that id, or NULL. */
struct kept_run *kept_runs_find(const struct kept_runs *runs, const struct uuid *id);

/* Whether a run of that id is kept, here or in another worker. */
bool kept_runs_know(const struct kept_runs *runs, const struct uuid *id);

/* Calls `fn(owner)`, on a clean stack, as soon as all runs have ended. */
void kept_runs_when_idle(struct kept_runs *runs, void (*fn)(void *owner), void *owner);

/* Keeps `run` (not opened), which `request` to `endpoint` of `route` has begun. */
struct kept_run *kept_run_new(struct kept_runs *runs, const struct route *route,
                              endpoint_fn *endpoint, const struct http_request *request,
                              struct run *run);

/* Prints the `id:` line of the next event. */
void kept_run_print_id(const struct kept_run *kept, struct buf *out);

/* Adds the next event, whole.  FULL: all readers are slow, run_resume() follows. */
enum flow kept_run_add(struct kept_run *kept, const char *event, size_t len);

/* The run has ended, after its last event; nulls *kept. */
void kept_run_end(struct kept_run **kept, const struct outcome *outcome);

/* Whether `endpoint` of `route` has begun the run; NULL: any of the route's. */
bool kept_run_is_of(const struct kept_run *kept, const struct route *route, endpoint_fn *endpoint);

/* Whether who sends `request` may have the run: it is its caller's alone, if it has one. */
bool kept_run_is_for(const struct kept_run *kept, const struct http_request *request);

/* What an exchange that wants the events from number `from` on gets. */
enum kept_part {
    PART_THERE,   /* kept, or to come */
    PART_NONE,    /* the run has ended before it */
    PART_END,     /* only that the run has ended well */
    PART_DROPPED, /* no longer kept */
    PART_UNTOLD,  /* an event before it has not happened */
};
enum kept_part kept_run_part(const struct kept_run *kept, uint64_t from);

/* Answers `exchange` with the events from number `from` on. */
void kept_run_follow(struct kept_run *kept, struct http_exchange *exchange, uint64_t from);

/* Ends the run early; false when it has ended by itself before.  Calling again changes nothing. */
bool kept_run_cancel(struct kept_run *kept);
