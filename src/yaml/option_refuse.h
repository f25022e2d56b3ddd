/* How a wrong value of an option is told: in its own words unless it is secret, with what would
 * be right at the end. */
#pragma once

#include "yaml/option.h"

/* What the readers of one value share. */
struct option_work {
    const struct option *row;
    struct arena *arena;
    struct problems *problems;
    bool literal; /* fallbacks are not interpolated */
};

/* Whether the advice about a value may depend on its text: it is a string and not secret. */
bool option_is_open_text(const struct option_work *work, const struct node *node);

/* Tells that the value is not `wanted` ("a number"), and what to do; returns false. */
bool option_refuse(struct option_work *work, const struct node *node, const char *wanted,
                   const char *advice);

/* What to write for a number: one within the row's range, or `fallback` when it has none.  May
 * use `out`. */
const char *option_range_advice(const struct option *row, const char *fallback,
                                char out[PROBLEMS_QUOTE]);

/* Whether `value` is in the row's range; tells a problem when not. */
bool option_in_range(struct option_work *work, const struct node *node, double value);
