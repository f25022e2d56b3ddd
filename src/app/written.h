/* Where runnables were written, for what is said about them once they are built. */
#pragma once

#include "run/runnable.h"
#include "yaml/node.h"

struct writing {
    const struct runnable *runnable; /* not held: it may be gone again */
    const char *kind;                /* its key in the file: "prompt" */
    struct place place;
};

struct written {
    struct writing *items;
    size_t count, cap;
};

/* Frees what a list (zeroed at first) holds. */
void written_fini(struct written *written);

/* Notes what `runnable` was written as; NULL is harmless.  `kind` lives as long as the list. */
void written_add(struct written *written, const struct runnable *runnable, const char *kind,
                 struct place place);

/* What a runnable, which still exists, was written as; NULL: it was not written by itself. */
const struct writing *written_find(const struct written *written, const struct runnable *runnable);
