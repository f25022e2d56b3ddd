/* `prices:` of an app, and `price:` of a model. */
#pragma once

#include "models/price.h"
#include "yaml/option.h"

extern const struct option price_options[];

/* Reads what a million tokens cost; false when there is no such node, or it has a mistake, which is
 * told. */
bool build_price(struct arena *arena, struct problems *problems, const struct node *node,
                 struct price *price);

/* The prices of a section, in `arena`; NULL when there is none. */
const struct price_list *build_prices(struct arena *arena, struct problems *problems,
                                      const struct node *section);
