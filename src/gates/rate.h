/* A sliding window by two counters, as a pure function of one 64-bit word and a clock.
 *
 * Time is cut into windows.  The word holds the number of a window, how many were let through in it
 * and how many in the one before.  What the last `window` ms saw is estimated as all of the current
 * window and that part of the one before which the sliding window still covers; a request is let
 * through when it fits in beside that.  Where a word is kept (shared memory, a store) and how it is
 * swapped is the caller's.
 *
 * Window numbers wrap around after 2^24 windows: a word that was left alone for exactly that long
 * may count once more, for two windows at the most. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { RATE_MAX_COUNT = (1 << 20) - 2 };

struct rate {
    int64_t count;  /* 1 to RATE_MAX_COUNT */
    int64_t window; /* ms, 1 or more; at most 2^42, so that nothing overflows */
};

/* What a word says at some time. */
struct rate_said {
    bool allowed;
    int64_t left;  /* how many more would be let through at once */
    int64_t reset; /* ms until there is more: one more when none is left, else a new window */
};

/* The word after one more request, which is the same word if it is refused.  0 is a word that has
 * seen nothing.  `now` is in ms, of a clock that never goes back, and was read after the word. */
uint64_t rate_take(const struct rate *rate, uint64_t word, int64_t now, struct rate_said *said);

/* Counters that are kept elsewhere, brought up to a time: what was let through in the window before,
 * and in the current one, `elapsed` ms into it. */
struct rate_counters {
    int64_t before, current, elapsed;
};

/* What such counters say after a request was let through (and counted), or refused. */
void rate_tell(const struct rate *rate, const struct rate_counters *counters, bool allowed,
               struct rate_said *said);

/* The word without one of the requests that it let through. */
uint64_t rate_give(const struct rate *rate, uint64_t word, int64_t now);

/* Whether the word is of a window so long over that it says no more than 0 does. */
bool rate_is_idle(const struct rate *rate, uint64_t word, int64_t now);

/* Reads the number and the time, in ms, of a rate such as "10/minute"; false when it is none.  The
 * time is a year at the most, the number below a milliard. */
bool rate_read(int64_t *count, int64_t *period, const char *text);

/* Reads "10/minute", "5/second", "100/hour", "1000/day" or "10/30s" (also m, h, d).  `burst` is how
 * many may come at once, 0 for all of a period's: it makes the window shorter or longer, and the
 * mean stays.  False when it is no such text, or more than a word holds. */
bool rate_parse(struct rate *rate, const char *text, int64_t burst);

/* Whether the window is one second, minute, hour or day. */
bool rate_is_of_unit(const struct rate *rate);
