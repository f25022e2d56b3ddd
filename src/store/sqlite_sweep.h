/* Drops what has expired from a file, now and then.
 *
 * What expires does so by the wall clock, and that may be set: a clock that was set forward may be
 * set back, so for a day behind that no conversation is dropped. */
#pragma once

#include "store/sqlite_file.h"

struct sqlite_sweeper {
    int64_t swept;         /* wall clock, ms; 0: not yet */
    int64_t ahead;         /* ms, of the wall clock to the steady one, when it was looked at */
    int64_t doubted_until; /* steady clock, ms */
};

/* The wall clock is right as it is now. */
void sqlite_sweeper_init(struct sqlite_sweeper *sweeper);

/* Behind each operation; when it fails, it does so next time. */
void sqlite_sweep(struct sqlite_sweeper *sweeper, struct sqlite_file *file);
