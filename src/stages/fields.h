/* RunnableConfigurableFields: options of a runnable that a run's `configurable` may set.
 *
 * A runnable does not change; for other values another one is made, by a function of who knows
 * how, and kept for the runs to come (the last few of them, per worker). */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "run/runnable.h"
#include "stages/config_spec.h"

/* One option. */
struct field {
    const char *name;
    struct config_label label;
    json_t *schema;   /* of its values; used where it has no `options` */
    json_t *options;  /* object: what may be chosen -> the value it stands for; NULL: any value */
    json_t *fallback; /* its default: a value, a key of `options`, or a list of them; NULL: none */
};

/* What a chosen value of a field stands for (new reference); NULL when it is no choice. */
json_t *field_value(const struct field *field, json_t *value);

/* Makes a runnable with other values: `values` is an object of names and values.  Texts it needs
 * for its life are in `arena`.  NULL when they are no use: *why says it, in `arena`. */
typedef struct runnable *fields_make_fn(void *owner, json_t *values, struct arena *arena,
                                        const char **why);

/* A new instance: `bound` (reference taken over) is the runnable with the default values.  The
 * fields are copied; `owner` outlives the instance. */
struct runnable *fields_new(struct runnable *bound, const struct field *fields, size_t count,
                            fields_make_fn *make, void *owner);
