/* The kinds that decide what runs: branch, map, router. */
#include <stdlib.h>
#include <string.h>

#include "app/build.h"
#include "base/mem.h"
#include "stages/branch.h"
#include "stages/each.h"
#include "stages/router.h"

struct runnable *build_condition(struct builder *builder, const struct node *node)
{
    bool is_lua = node->kind == NODE_STRING && !builder_knows(builder, node->as.string.text);
    return is_lua ? build_lambda_text(builder, node) : build_expression(builder, node);
}

/* The value of `key` if `map` is a mapping with exactly the keys `key` and `other` (NULL: `key`
 * alone), else NULL. */
static const struct node *only(const struct node *map, const char *key, const char *other)
{
    if (map->kind != NODE_MAP || map->as.map.count != (other ? 2 : 1))
        return NULL;
    return !other || node_get(map, other) ? node_get(map, key) : NULL;
}

/* One arm; false (and told) when it has a mistake. */
static bool build_arm(struct builder *builder, const struct node *item, struct branch_arm *arm)
{
    const struct node *condition = only(item, "if", "then");
    if (!condition) {
        problems_error(builder->problems, item->place, "branch: expected {if: …, then: …}");
        return false;
    }
    arm->condition = build_condition(builder, condition);
    arm->then = build_expression(builder, node_get(item, "then"));
    return arm->condition && arm->then;
}

struct runnable *build_branch(struct builder *builder, const struct node *value,
                              const struct node *map)
{
    (void)map;
    size_t count = value->kind == NODE_LIST ? value->as.list.count : 0;
    const struct node *last = count > 1 ? value->as.list.items[count - 1] : value;
    const struct node *otherwise = count > 1 ? only(last, "else", NULL) : NULL;
    if (!otherwise) {
        problems_error(builder->problems, last->place,
                       "branch: expected a list of {if: …, then: …}, the last one {else: …}");
        return NULL;
    }
    struct branch_arm *arms = mem_zalloc(count, sizeof *arms);
    bool well = true;
    for (size_t i = 0; i + 1 < count; i++)
        well = build_arm(builder, value->as.list.items[i], &arms[i]) && well;
    struct runnable *fallback = build_expression(builder, otherwise);
    struct runnable *made = well && fallback ? branch_new(arms, count - 1, fallback) : NULL;
    for (size_t i = 0; !made && i < count; i++) {
        runnable_rele(arms[i].condition);
        runnable_rele(arms[i].then);
    }
    if (!made)
        runnable_rele(fallback);
    free(arms);
    return made;
}

struct runnable *build_map_kind(struct builder *builder, const struct node *value,
                                const struct node *map)
{
    (void)map;
    struct runnable *bound = build_expression(builder, value);
    return bound ? each_new(bound) : NULL;
}

struct runnable *build_router(struct builder *builder, const struct node *value,
                              const struct node *map)
{
    (void)map;
    return build_named_parts(builder, value, "router", router_new);
}
