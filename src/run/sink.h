/* Where a stage's output goes: push*, then exactly one done; after done, silence.
 *
 * Stages embed a `struct sink` and give it a table.  They call each other only through
 * sink_push() and sink_done(), which keep the order of calls: a push after `done` is a
 * programmer's error, a push that was answered STOP is not followed by another that counts, and
 * in a cancelled scope nothing flows any more and every end is the cancellation's. */
#pragma once

#include <stdbool.h>

#include "run/chunk.h"
#include "run/outcome.h"

struct scope;
struct sink;

enum flow {
    FLOW_ON,   /* taken */
    FLOW_FULL, /* taken; pause until resumed */
    FLOW_STOP, /* no more is wanted */
};

struct sink_ops {
    /* Takes a chunk; may push on, a bounded number of chunks. */
    enum flow (*push)(struct sink *sink, const struct chunk *chunk);
    /* The end of the input; leads, now or later, to exactly one done of what stands behind. */
    void (*done)(struct sink *sink, const struct outcome *outcome);
};

struct sink {
    const struct sink_ops *ops;
    struct scope *scope; /* whose cancellation stops this sink */
    bool ended, stopped; /* done was called; a push was answered STOP */
    bool takes_text;     /* set by its owner: of a message it reads only the text, which may come in
                            the message's place; models that stream look, sinks that pass on do not */
};

/* Readies a sink in its owner's storage (which lives as long as `scope`). */
void sink_init(struct sink *sink, const struct sink_ops *ops, struct scope *scope);

/* Hands a chunk on. */
enum flow sink_push(struct sink *sink, const struct chunk *chunk);

/* Ends the input of `sink`, once. */
void sink_done(struct sink *sink, const struct outcome *outcome);

/* sink_done() with an error. */
void sink_fail(struct sink *sink, enum ls_err err, const char *message);

/* Pushes `value` (borrowed) as a chunk that adds. */
enum flow sink_push_value(struct sink *sink, json_t *value);
