/* What tools and retrievers share: a runnable whose work is a body, another runnable, and which
 * changes what the body is given and what it gives, both as a whole. */
#pragma once

#include "run/scope.h"
#include "stages/wrapper.h"

/* The beginning of such an instance. */
struct bodied {
    struct wrapper wrapper;
    bool bare; /* the body is a function: traces do not show it as a step of its own */
};

struct bodied_stage;

struct bodied_ops {
    /* What the body is given for `input`, or the output for what the body gave: new references;
     * NULL and a sentence for the log in `why` (which lives as long as the scope) where it is
     * wrong. */
    json_t *(*enter)(struct bodied_stage *stage, json_t *input, const char **why);
    json_t *(*leave)(struct bodied_stage *stage, json_t *output, const char **why);
};

struct bodied_stage {
    const struct bodied_ops *ops;
    const struct runnable *runnable;
    struct scope *scope;
    struct sink *body, *out;
    json_t *note; /* of the kind's own; lives as long as the scope */
};

/* Readies the beginning of a new instance; `body` is taken over. */
void bodied_init(struct bodied *bodied, const struct runnable_ops *ops, struct runnable *body,
                 bool bare);

/* Opens it. */
struct sink *bodied_open(const struct runnable *runnable, const struct bodied_ops *ops,
                         struct scope *scope, const struct call *call, struct sink *out);
