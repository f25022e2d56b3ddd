/* Design: a price of a million tokens with six digits behind the point is a whole number of the
 * amounts that one token may cost (base/money.h): no sum of tokens is ever rounded. */
#include "app/build_price.h"

#include <math.h>

enum { TOKENS = 1000000 };

/* Of so many tokens. */
struct given {
    double input, output, cached_input, cache_write;
};

#define GIVEN(member) offsetof(struct given, member)
#define PRICE(member) .type = OPTION_REAL, .offset = GIVEN(member), .min = 0, .max = 1e6

const struct option price_options[] = {
    {.name = "input",
     PRICE(input),
     .required = true,
     .doc = "A million tokens of input; at most six digits behind the point, as all of them."},
    {.name = "output",
     PRICE(output),
     .required = true,
     .doc = "A million tokens of output, those of thoughts included."},
    {.name = "cached_input",
     PRICE(cached_input),
     .doc = "A million tokens of input that the provider had in its cache; `input` when absent."},
    {.name = "cache_write",
     PRICE(cache_write),
     .doc = "A million tokens of input that it put there; `input` when absent."},
    {.name = NULL},
};

static int64_t price_of_token(struct problems *problems, const struct node *node, const char *name,
                              double given, int64_t absent)
{
    if (isnan(given))
        return absent;
    double scaled = given * TOKENS;
    if (fabs(scaled - round(scaled)) > 1e-4 + scaled * 1e-15)
        problems_error(problems, node_get(node, name)->place,
                       "%s: at most six digits behind the point", name);
    return llround(scaled);
}

bool build_price(struct arena *arena, struct problems *problems, const struct node *node,
                 struct price *price)
{
    struct given given = {0};
    size_t before = problems->told;
    if (!node || node->kind == NODE_NULL)
        return false;
    if (!problems_map(problems, node, "price"))
        return false;
    options_read(price_options, node, &given, NULL, "price", arena, problems);
    if (problems->told > before)
        return false;
    price->input = price_of_token(problems, node, "input", given.input, 0);
    price->output = price_of_token(problems, node, "output", given.output, 0);
    price->cached_input =
        price_of_token(problems, node, "cached_input", given.cached_input, price->input);
    price->cache_write =
        price_of_token(problems, node, "cache_write", given.cache_write, price->input);
    return problems->told == before;
}

const struct price_list *build_prices(struct arena *arena, struct problems *problems,
                                      const struct node *section)
{
    const struct node *map = problems_map(problems, section, "prices");
    if (!map)
        return NULL;
    struct price_list *list = arena_zalloc(arena, sizeof *list);
    struct priced_name *names = arena_zalloc(arena, (map->as.map.count + 1) * sizeof *names);
    list->names = names;
    for (size_t i = 0; i < map->as.map.count; i++) {
        const struct node_member *member = &map->as.map.members[i];
        struct priced_name *name = &names[list->count];
        if (member->value->kind == NODE_NULL)
            problems_error(problems, member->key_place,
                           "prices: '%s': expected {input: …, output: …}", member->key);
        name->pattern = member->key;
        list->count += build_price(arena, problems, member->value, &name->price);
    }
    return list;
}
