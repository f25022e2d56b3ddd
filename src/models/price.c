#include "models/price.h"

#include <string.h>

#include "base/money.h"

/* One star at a time is remembered: each takes as little as it can. */
static bool fits(const char *pattern, const char *name)
{
    const char *star = NULL, *mark = NULL;
    while (*name) {
        if (*pattern == '*') {
            star = pattern++;
            mark = name;
        } else if (*pattern == *name) {
            pattern++;
            name++;
        } else if (star) {
            pattern = star + 1;
            name = ++mark;
        } else {
            return false;
        }
    }
    return pattern[strspn(pattern, "*")] == '\0';
}

const struct price *price_find(const struct price_list *list, const char *name)
{
    for (size_t i = 0; list && name && i < list->count; i++)
        if (fits(list->names[i].pattern, name))
            return &list->names[i].price;
    return NULL;
}

/* A count of tokens, which a provider may have got wrong: between 0 and `most`. */
static int64_t count_of(const json_t *usage, const char *key, int64_t most)
{
    json_int_t count = json_integer_value(json_object_get(usage, key));
    return count < 0 ? 0 : count > most ? most : count;
}

int64_t price_of(const struct price *price, const json_t *usage)
{
    const json_t *details = json_object_get(usage, "input_token_details");
    int64_t input = count_of(usage, "input_tokens", INT64_MAX);
    int64_t read = count_of(details, "cache_read", input);
    int64_t written = count_of(details, "cache_creation", input - read);
    int64_t cost = money_times(price->output, count_of(usage, "output_tokens", INT64_MAX));
    cost = money_add(cost, money_times(price->input, input - read - written));
    cost = money_add(cost, money_times(price->cached_input, read));
    return money_add(cost, money_times(price->cache_write, written));
}
