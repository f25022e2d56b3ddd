/* Whether this process has come to use more memory than it should, so that new work is refused
 * before the system ends the old.  It is measured when it is asked for and ten times a second at
 * the most. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct memory_watch {
    int64_t most;  /* bytes; 0: no limit */
    int64_t again; /* ms by the loop's clock: when to measure again */
    bool short_of; /* at the last measurement */
};

/* Whether the process holds more than `most` at `now`, ms by the loop's clock.  One that does gives
 * back to the system what it has freed, before it says so. */
bool memory_is_short(struct memory_watch *watch, int64_t now);
