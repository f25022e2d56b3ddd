/* Where observers print: each text becomes one event of an answer. */
#pragma once

#include "base/buf.h"
#include "run/sink.h"

struct emitter {
    struct buf *out; /* begin() readies it, the observer appends JSON */
    void (*begin)(struct emitter *emitter);
    /* The event is complete and leaves.  FULL: its reader is slow. */
    enum flow (*end)(struct emitter *emitter);
};
