/* When a worker has served long enough and wants to be replaced. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct relief {
    uint64_t requests;
    int64_t at_ms;            /* by the steady clock */
    int64_t memory, heavy_ms; /* bytes, and from when on they count */
    bool asked;
};

/* Limits of 0 do not count.  Those of requests and age are up to a tenth higher than said, each
 * time anew, so that workers who began together are not replaced together. */
void relief_init(struct relief *relief, int64_t requests, int64_t age_ms, int64_t memory);

/* Whether a limit is reached, with so many requests served by now; true once. */
bool relief_is_due(struct relief *relief, uint64_t served);
