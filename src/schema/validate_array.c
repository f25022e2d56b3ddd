#include <stdlib.h>

#include "base/mem.h"
#include "schema/validator.h"

bool check_max_items(struct check *check, const struct rule *rule, json_t *value,
                     const struct at *at, struct marks *marks)
{
    (void)marks;
    double most = json_number_value(rule->value);
    return (double)json_array_size(value) <= most ||
           check_fail(check, rule, at, "has more than %.0f items", most);
}

bool check_min_items(struct check *check, const struct rule *rule, json_t *value,
                     const struct at *at, struct marks *marks)
{
    (void)marks;
    double least = json_number_value(rule->value);
    return (double)json_array_size(value) >= least ||
           check_fail(check, rule, at, "has fewer than %.0f items", least);
}

struct hashed {
    uint64_t hash;
    const json_t *item;
};

static int compare_hashed(const void *a, const void *b)
{
    const struct hashed *x = a, *y = b;
    return (x->hash > y->hash) - (x->hash < y->hash);
}

/* Whether two items with the same hash, neighbours in `list`, are equal. */
static bool has_twins(struct check *check, const struct hashed *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (size_t k = i + 1; k < count && list[k].hash == list[i].hash; k++)
            if (!check_spend(check, 1) || value_equal(list[i].item, list[k].item))
                return true;
    return false;
}

bool check_unique(struct check *check, const struct rule *rule, json_t *value, const struct at *at,
                  struct marks *marks)
{
    (void)marks;
    size_t count = json_array_size(value), i;
    json_t *item;
    if (!json_is_true(rule->value) || count < 2 || !check_spend(check, count))
        return true;
    struct hashed *list = mem_zalloc(count, sizeof *list);
    json_array_foreach(value, i, item)
        list[i] = (struct hashed){value_hash(item), item};
    qsort(list, count, sizeof *list, compare_hashed);
    bool twins = has_twins(check, list, count);
    free(list);
    return !twins || check_fail(check, rule, at, "has items that are equal");
}

bool check_prefix_items(struct check *check, const struct rule *rule, json_t *value,
                        const struct at *at, struct marks *marks)
{
    bool fits = true;
    for (size_t i = 0; i < json_array_size(rule->value) && i < json_array_size(value); i++) {
        struct at here = {at, NULL, i};
        fits &= check_node(check, rule->parts[i], json_array_get(value, i), &here, NULL);
        mark_item(marks, value, i);
        if (check->exhausted || (!fits && !check->errors))
            break;
    }
    return fits;
}

bool check_items(struct check *check, const struct rule *rule, json_t *value, const struct at *at,
                 struct marks *marks)
{
    const struct rule *prefix = rule_sibling(rule, "prefixItems");
    bool fits = true;
    for (size_t i = prefix ? json_array_size(prefix->value) : 0; i < json_array_size(value); i++) {
        struct at here = {at, NULL, i};
        fits &= check_node(check, rule->parts[0], json_array_get(value, i), &here, NULL);
        mark_item(marks, value, i);
        if (check->exhausted || (!fits && !check->errors))
            break;
    }
    return fits;
}

static double bound(const struct rule *rule, const char *keyword, double fallback)
{
    const struct rule *sibling = rule_sibling(rule, keyword);
    return sibling ? json_number_value(sibling->value) : fallback;
}

bool check_contains(struct check *check, const struct rule *rule, json_t *value,
                    const struct at *at, struct marks *marks)
{
    double least = bound(rule, "minContains", 1), most = bound(rule, "maxContains", 1e300);
    double found = 0;
    size_t i;
    json_t *item;
    json_array_foreach(value, i, item) {
        struct at here = {at, NULL, i};
        if (!check_quietly(check, rule->parts[0], item, &here, NULL))
            continue;
        mark_item(marks, value, i);
        found++;
    }
    if (found < least)
        return check_fail(check, rule, at, "contains fewer than %.0f fitting items", least);
    return found <= most ||
           check_fail(check, rule, at, "contains more than %.0f fitting items", most);
}

bool check_unevaluated_items(struct check *check, const struct rule *rule, json_t *value,
                             const struct at *at, struct marks *marks)
{
    bool fits = true;
    size_t i;
    json_t *item;
    json_array_foreach(value, i, item) {
        struct at here = {at, NULL, i};
        if (marks->items && marks->items[i])
            continue;
        fits &= check_node(check, rule->parts[0], item, &here, NULL);
        mark_item(marks, value, i);
        if (check->exhausted || (!fits && !check->errors))
            break;
    }
    return fits;
}
