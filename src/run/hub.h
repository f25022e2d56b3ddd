/* A hub detaches a run from who started it: it keeps the last chunks of the run's output, and any
 * number of readers follow it, each from a position of its own.  Resumable streams, single flight
 * and background runs are this.
 *
 * Chunks are numbered from 0.  What is kept is bounded by number and by size, but nothing is dropped
 * before the fastest reader had it: that one paces the run, which waits when it is half of what is
 * kept behind.  A reader that falls behind all that is kept is told LS_TOO_LATE.
 *
 * When the last reader leaves, the run waits for one to come back, as if that reader were slow, and
 * is cancelled when the grace is over; unless the hub was told to go on.  A hub lives until its
 * owner and all readers have let go of it, whether the run has ended or not. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "loop/loop.h"
#include "run/run.h"

struct hub;
struct hub_reader;

struct hub_options {
    size_t kept;       /* chunks that are kept */
    size_t kept_bytes; /* the sum of their sizes, as hub_add() was told them; 0: any */
    int64_t grace;     /* ms from the leaving of the last reader to the run's cancellation */
    bool goes_on;      /* the run is not cancelled when the last reader leaves */
};

struct hub_reader_ops {
    /* A chunk and its number.  FULL: taken, none until hub_resume(); STOP: as hub_leave(), none
     * and no `done` follow. */
    enum flow (*chunk)(struct hub_reader *reader, uint64_t number, const struct chunk *chunk);
    /* The end of the run, after all its chunks; or LS_TOO_LATE.  The reader has left then. */
    void (*done)(struct hub_reader *reader, const struct outcome *outcome);
};

/* A reader; lives in its owner. */
struct hub_reader {
    const struct hub_reader_ops *ops;
    struct hub *hub; /* NULL: it reads nothing */
    struct link link;
    struct task task;
    uint64_t next; /* the number of the chunk it wants next */
    bool paused;
};

/* Starts `run` (new, not opened) with a hub for its output; the caller holds one reference. */
struct hub *hub_start(struct run *run, const struct runnable *runnable, const struct call *call,
                      json_t *input, const struct hub_options *options);

/* The same in steps, for an owner who has the run's output in hands first: a hub for `run` (new, not
 * opened); what it keeps is added, with its size; its end ends the hub.  FULL: as in a push. */
struct hub *hub_new(struct run *run, const struct hub_options *options);
enum flow hub_add(struct hub *hub, const struct chunk *chunk, size_t size);
void hub_end(struct hub *hub, const struct outcome *outcome);

/* Ends the run early; its readers hear of it behind the chunks.  Harmless when it has ended. */
void hub_cancel(struct hub *hub, enum ls_err why);

/* Lets go of the owner's reference; nulls *hub. */
void hub_rele(struct hub **hub);

/* Follows the hub from chunk number `from`; everything is told on a clean stack. */
void hub_read(struct hub *hub, struct hub_reader *reader, const struct hub_reader_ops *ops,
              uint64_t from);

/* Goes on with a reader that answered FULL. */
void hub_resume(struct hub_reader *reader);

/* Stops reading; harmless when the reader has left. */
void hub_leave(struct hub_reader *reader);

/* The number of the first chunk that is kept, and of the next one to come. */
uint64_t hub_first(const struct hub *hub);
uint64_t hub_next(const struct hub *hub);
