/* What may stand beside any kind: labels, limits, and what is put around it (app/wraps.h). */
#pragma once

#include "app/builder.h"
#include "app/kinds.h"
#include "yaml/option.h"

struct modifiers {
    const char *name;
    struct option_strings tags;
    json_t *metadata;
    int64_t timeout; /* ms; 0: none */
    json_t *input, *output;
    const struct node *configurable, *bind, *structured_output, *retry, *fallbacks, *listeners,
        *config, *history, *measure, *cache;
    const struct node *map; /* that they stand in */
};

extern const struct option modifier_options[];

/* Reads the modifiers in `map`; the kind's key and its own options are passed over. */
void modifiers_read(struct builder *builder, const struct kind *kind, const struct node *map,
                    struct modifiers *modifiers);

/* Puts the modifiers on `runnable` (taken over) and returns what stands for it now. */
struct runnable *modifiers_apply(struct builder *builder, const struct modifiers *modifiers,
                                 struct runnable *runnable);

/* Whether a runnable carries a label: a sequence that does is not flattened. */
bool modifiers_mark(const struct runnable *runnable);
