/* FakeListChatModel and its like for texts: they answer without a network, for tests, demos and
 * benchmarks. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "run/runnable.h"

enum fake_unit { FAKE_CHARS, FAKE_WORDS, FAKE_WHOLE };

struct fake_options {
    json_t *responses;   /* list of text, cycled through (per worker) */
    const char *model;   /* what traces call the model; NULL: nothing */
    double temperature;  /* what they say of it; NAN: nothing */
    enum fake_unit unit; /* of chunks: code points, words with the blanks behind them, or all */
    bool empty_last;     /* an empty chunk marks a streamed answer's end, not its last text */
    int64_t delay;       /* ms before each chunk, or before the whole answer */
    const char *error;   /* fail at once with this text for the log; NULL: do not */
    int64_t error_after; /* fail after that many chunks; -1: do not */
    bool echo;           /* answer with the last message's text; of a model of texts: its prompt */
};

/* A new chat model; everything is copied or referenced. */
struct runnable *fake_new(const struct fake_options *options);

/* A new model of texts, likewise: FakeStreamingListLLM, or FakeListLLM where an answer is one
 * chunk. */
struct runnable *fake_text_new(const struct fake_options *options);
