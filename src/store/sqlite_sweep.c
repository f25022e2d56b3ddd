#include "store/sqlite_sweep.h"

#include "base/clock.h"

enum {
    EVERY_MS = 60000,
    JUMP_MS = 60000,    /* by which the wall clock was set, and did not just gain */
    DOUBT_MS = 86400000 /* for which it may be set back */
};

static int64_t steady_ms(void)
{
    return clock_steady_us() / 1000;
}

static int64_t wall_ms(void)
{
    return clock_wall_us() / 1000;
}

void sqlite_sweeper_init(struct sqlite_sweeper *sweeper)
{
    *sweeper = (struct sqlite_sweeper){.ahead = wall_ms() - steady_ms()};
}

/* Whether the wall clock was set forward of late. */
static bool is_doubtful(struct sqlite_sweeper *sweeper, int64_t now)
{
    int64_t steady = steady_ms(), ahead = now - steady;
    if (ahead - sweeper->ahead > JUMP_MS)
        sweeper->doubted_until = steady + DOUBT_MS;
    sweeper->ahead = ahead;
    return steady < sweeper->doubted_until;
}

static void drop(struct sqlite_file *file, enum sql which, int64_t now)
{
    sqlite3_bind_int64(sqlite_file_statement(file, which), 1, now);
    (void)sqlite_file_run(file, which);
}

void sqlite_sweep(struct sqlite_sweeper *sweeper, struct sqlite_file *file)
{
    int64_t now = wall_ms();
    if (now - sweeper->swept < EVERY_MS && now >= sweeper->swept)
        return;
    bool keeps = is_doubtful(sweeper, now);
    sweeper->swept = now;
    file->give_up_us = 0; /* it waits for nobody */
    if (!keeps)
        drop(file, SQL_SWEEP, now);
    drop(file, SQL_SWEEP_CACHE, now);
}
