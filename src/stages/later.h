/* A call on a clean stack, at once or after a while: how a stage opens something again.  The call
 * comes exactly once; when the scope is cancelled meanwhile, at once and with that outcome. */
#pragma once

#include "run/scope.h"
#include "run/source.h"

typedef void later_fn(void *owner, const struct outcome *outcome);

/* Lives in its stage. */
struct later {
    struct source source;
    struct sink sink;
    struct timer timer;
    struct scope *scope;
    int64_t ms;
    later_fn *fn;
    void *owner;
};

/* Readies a later call of fn(owner, …), not started. */
void later_init(struct later *later, struct scope *scope, later_fn *fn, void *owner);

/* Has the call made in `ms` (0: on the next turn); again only after it was made. */
void later_start(struct later *later, int64_t ms);
