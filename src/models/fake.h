/* FakeListChatModel: answers without a network, for tests, demos and benchmarks. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "run/runnable.h"

enum fake_unit { FAKE_CHARS, FAKE_WORDS };

struct fake_options {
    json_t *responses;   /* list of text, cycled through (per worker) */
    const char *model;   /* what traces call the model; NULL: nothing */
    double temperature;  /* what they say of it; NAN: nothing */
    enum fake_unit unit; /* of chunks: code points, or words with the blanks behind them */
    bool empty_last;     /* an empty chunk marks a streamed answer's end, not its last text */
    int64_t delay;       /* ms before each chunk, or before the whole answer */
    const char *error;   /* fail at once with this text for the log; NULL: do not */
    int64_t error_after; /* fail after that many chunks; -1: do not */
    bool echo;           /* answer with the last message's text */
};

/* A new instance; everything is copied or referenced. */
struct runnable *fake_new(const struct fake_options *options);
