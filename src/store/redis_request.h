/* What is said to Redis, printed (RESP2). */
#pragma once

#include "base/buf.h"
#include "store/redis_link.h"

/* The first words: who we are and which database it is about, then an echo of `greeting`.  How many
 * answers they get: +OK for each but the last, which is the echo. */
unsigned redis_request_greet(struct buf *out, const struct redis_target *target,
                             const char *greeting);

/* A call, with its number as the first argument. */
void redis_request_call(struct buf *out, const struct redis_call *call);

/* At least the bytes that a call takes. */
size_t redis_request_size(const struct redis_call *call);
