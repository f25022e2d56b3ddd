/* Something that fails and is well again, for those who tell of it in the log: each change is news
 * once, and there is at most one failure to tell in a second, however often it comes and goes. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { OUTAGE_QUIET_US = 1000000 };

/* Begins as zeros: it is well. */
struct outage {
    bool told;           /* that it fails */
    int64_t quiet_until; /* clock_steady_us() */
};

/* It has failed just now; whether that is to be told. */
bool outage_begins(struct outage *outage);

/* It is well; whether that is to be told. */
bool outage_ends(struct outage *outage);
