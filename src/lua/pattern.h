/* Lua's patterns with a bounded effort: what string.find and its kin run on in lambdas.
 *
 * Lua's own matcher backtracks without end and nothing outside can stop it.  Here a search works
 * for a number of steps and then says where to go on, so that its caller can let others run; one
 * attempt (the match at one place) that takes too many steps is an error. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { PATTERN_CAPTURES = 32 };

enum pattern_answer {
    PATTERN_NONE,   /* no match */
    PATTERN_FOUND,  /* `start`, `end` and the captures are set */
    PATTERN_PAUSED, /* out of steps; go on by calling again */
    PATTERN_WRONG,  /* the pattern is wrong or too complex: `why` */
};

struct pattern_capture {
    size_t start, len;
    bool position; /* `()`: the place alone */
};

/* A search in the caller's storage; texts are borrowed. */
struct pattern_search {
    const char *text, *pattern; /* the pattern without a leading '^' that anchors */
    size_t text_len, pattern_len;
    size_t at;         /* where to try next; set by the caller at first */
    bool anchored;     /* only there */
    size_t barred;     /* a match that ends here does not count (the last one's end) */
    size_t start, end; /* FOUND: the match */
    unsigned captured;
    struct pattern_capture captures[PATTERN_CAPTURES];
    char why[80];
};

enum { PATTERN_NOT_BARRED = -1 };

/* Searches for about `steps` steps. */
enum pattern_answer lua_pattern_search(struct pattern_search *search, size_t steps);
