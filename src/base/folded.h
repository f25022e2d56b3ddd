/* A text as it is compared with what somebody might hide in it: compatible letters are plain ones
 * (full-width, circled, …), all are small and without marks, what is not seen (joiners, soft
 * hyphens, tags, variation selectors) is left out, and a run of white space is one blank. */
#pragma once

#include "base/buf.h"

struct folded {
    struct buf text;
    size_t *starts; /* for each byte of it, where in the original its character begins */
    size_t room;
};

/* Folds `len` bytes of valid UTF-8.  folded_fini() in any case. */
void folded_init(struct folded *folded, const char *text, size_t len);
void folded_fini(struct folded *folded);

/* Where in the original [*start, *end) of the folded text is; `len` is the original's. */
void folded_span(const struct folded *folded, const char *text, size_t len, size_t *start,
                 size_t *end);
