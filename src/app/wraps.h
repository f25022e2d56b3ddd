/* The modifiers that put another runnable around one: each is read from its node and takes
 * `bound` over.  What is wrong is told, and `bound` then comes back as it is. */
#pragma once

#include "app/builder.h"
#include "app/kinds.h"

typedef struct runnable *wrap_fn(struct builder *builder, const struct node *node,
                                 struct runnable *bound);

wrap_fn wrap_bind, wrap_retry, wrap_fallbacks, wrap_listeners, wrap_config, wrap_history;
wrap_fn wrap_structured_output;

/* `cache`, of what `what` (a whole expression) describes. */
struct runnable *wrap_cache(struct builder *builder, const struct node *node,
                            const struct node *what, struct runnable *bound);

/* For wrap_configurable(): its `alternatives`. */
wrap_fn wrap_alternatives;

/* `configurable` beside a kind; `value` and `map` are the kind's, for it is built again when a run
 * wants other values. */
struct runnable *wrap_configurable(struct builder *builder, const struct node *node,
                                   const struct kind *kind, const struct node *value,
                                   const struct node *map, struct runnable *bound);

/* Tells of an id of `configurable` that nothing inside `runnable` reads; lambdas and remote routes
 * may read any. */
void check_configurable(struct builder *builder, const struct runnable *runnable,
                        struct place place, const char *id);

extern const struct option retry_options[], fallbacks_options[], config_options[],
    listener_options[], configurable_options[], field_options[], alternatives_options[],
    history_options[], history_field_options[], structured_options[], cache_options[];
