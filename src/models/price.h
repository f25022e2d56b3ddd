/* What a model's tokens cost, and what a run's models took (see struct tally). */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of one token each (base/money.h); input that the provider had in its cache, or put there. */
struct price {
    int64_t input, output, cached_input, cache_write;
};

/* Prices by the names of models; a pattern's stars stand for any text.  The first that fits counts.
 * What is pointed to outlives the models that look it up. */
struct price_list {
    const struct priced_name {
        const char *pattern;
        struct price price;
    } * names;
    size_t count;
};

/* The price of a model of that name, or NULL; `list` and `name` may be NULL. */
const struct price *price_find(const struct price_list *list, const char *name);

/* What the tokens of `usage` cost, a message's `usage_metadata`. */
int64_t price_of(const struct price *price, const json_t *usage);
