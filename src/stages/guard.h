/* A guard against texts that speak to the model in the user's stead: prompt injection, markers of
 * roles.  It is advice, not a wall: it stops the clumsy. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/pattern.h"
#include "run/runnable.h"

/* What becomes of a text in which something is found. */
enum guard_action {
    GUARD_REJECT,     /* the run fails with LS_INPUT_REFUSED */
    GUARD_STRIP,      /* what is found is taken out, until nothing is; then blanks at the ends */
    GUARD_NEUTRALISE, /* signs in it are replaced by others that look alike and mark nothing */
    GUARD_FLAG,       /* nothing */
};

struct guard_rules {
    enum guard_action action;
    struct pattern **patterns; /* searched in folded texts (base/folded.h); taken over, as is the
                                  list */
    size_t count;
    char **fields; /* members of an input object that are looked at; NULL: all of it; taken over */
    size_t field_count;
    char *mark; /* the member of an output object that says whether anything was found, or NULL;
                   taken over */
};

/* A new step that gives what is left of its input. */
struct runnable *guard_new(const struct guard_rules *rules);

/* A guard before `bound` (taken over), which observers do not see. */
struct runnable *guarded_new(struct runnable *bound, const struct guard_rules *rules);

/* The patterns that are kept up with the attempts that are seen; ends with NULL. */
extern const char *const guard_known_patterns[];
