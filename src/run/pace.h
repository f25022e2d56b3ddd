/* A rate that is kept by waiting: so many of something (requests, tokens) in so much time, by a
 * bucket that holds all of a period's and fills evenly, as providers count.
 *
 * What is taken is one word of memory, which processes may share: no locks. */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

struct pace {
    int64_t count;  /* 0: no limit */
    int64_t window; /* ms in which so many come; 1 or more, at most a year */
};

/* When the bucket is full again, in ns of the clock; 0: it is full. */
typedef _Atomic int64_t pace_word;

/* Takes `cost` (what is more than the bucket holds counts as all of it) and returns 0, or takes
 * nothing and returns how many ms to wait at least.  `now` is in ms of a clock that never goes
 * back, the same for all who share the word. */
int64_t pace_take(const struct pace *pace, pace_word *word, int64_t cost, int64_t now);

/* It was `more` than was taken, or less.  The debt is a period at the most. */
void pace_correct(const struct pace *pace, pace_word *word, int64_t more, int64_t now);

/* The words that processes share, two for each key (an address that is the same in all of them). */
struct paces;

/* Made before the fork; NULL when the system refuses the memory. */
struct paces *paces_new(void);

/* Lets go of them in this process; nulls *paces; NULL is harmless. */
void paces_free(struct paces **paces);

/* The two words of a key; NULL: there is no room, or no `paces`. */
pace_word *paces_of(struct paces *paces, const void *key);
