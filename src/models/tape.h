/* Exchanges with a provider that are recorded to a file, or played from one instead of asking.
 *
 * A tape belongs to its models, which hold references, and to one process: workers have tapes of
 * their own for the same file.  Models of a process that play the same file share its tape, and so
 * go on together where one request was answered several times. */
#pragma once

#include "base/arena.h"
#include "loop/fetch.h"
#include "run/scope.h"

struct tape;
struct take;

/* How a model uses a tape. */
struct tape_use {
    struct tape *tape; /* NULL: not at all */
    bool timed;        /* answers are played in the time they took, else at once */
};

/* A tape that records to the file at `path`, which is made when it is first needed, readable by its
 * owner alone.  NULL: *why (of static storage) says why nothing can be written there. */
struct tape *tape_record(const char *path, const char **why);

/* A tape of what the file at `path` holds.  NULL: `why`, of `size` bytes, says what is wrong, with
 * the line. */
struct tape *tape_play(const char *path, char *why, size_t size);

struct tape *tape_hold(struct tape *tape);
void tape_rele(struct tape *tape); /* NULL is harmless */

/* Whether it plays: then nobody is asked. */
bool tape_plays(const struct tape *tape);

/* The path of its file. */
const char *tape_path(const struct tape *tape);

/* The next answer to a request: they come as they were recorded, the last one again and again.
 * Lives as long as the tape.  NULL: it was not recorded. */
const struct fetch_known *tape_next(struct tape *tape, const char *path, const char *body,
                                    size_t len);

/* Appends a line to the file, on any thread, but on one at a time.  Returns errno; 0: well. */
int tape_write(struct tape *tape, const char *line, size_t len);

/* How that went, on the loop's thread: the log is told when it begins to fail, and when it is well
 * again. */
void tape_written(struct tape *tape, int fault);

/* What is recorded. */
struct take_request {
    struct tape *tape;
    const char *path;   /* behind the API's address */
    const char *secret; /* blotted out where an answer repeats it; NULL: nothing is */
};

/* As fetch_start() with the pool of the scope's run, and recorded when it ends; lives in the scope. */
struct fetch *take_start(struct take **out, const struct take_request *request, struct scope *scope,
                         const struct fetch_request *sent, const struct fetch_events *events,
                         void *owner);

/* The owner has heard enough: records what came, unless that is done.  NULL is harmless. */
void take_end(struct take *take);

/* Records nothing more.  NULL is harmless. */
void take_drop(struct take *take);
