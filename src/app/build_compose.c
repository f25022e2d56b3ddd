/* The kinds that put runnables together, and the simple ones. */
#include <stdlib.h>
#include <string.h>

#include "app/build.h"
#include "base/mem.h"
#include "stages/assign.h"
#include "stages/parallel.h"
#include "stages/passthrough.h"
#include "stages/pick.h"
#include "stages/value.h"
#include "yaml/interpolate.h"

static void expected(struct builder *builder, const struct node *value, const char *kind,
                     const char *what)
{
    problems_error(builder->problems, value->place, "%s: expected %s, not %s", kind, what,
                   node_kind_name(value->kind));
}

struct runnable *build_chain(struct builder *builder, const struct node *value,
                             const struct node *map)
{
    (void)map;
    return build_expression(builder, value);
}

struct runnable *build_model_kind(struct builder *builder, const struct node *value,
                                  const struct node *map)
{
    (void)map;
    const struct node *written = value;
    if (value->kind == NODE_STRING)
        value = interpolate(builder->arena, value, builder->problems);
    builder->chosen |= value != written;
    if (value->kind == NODE_STRING || value->kind == NODE_MAP)
        return build_model(builder, value);
    expected(builder, value, "model", "the name of a model, or its options");
    return NULL;
}

struct runnable *build_named_parts(struct builder *builder, const struct node *value,
                                   const char *kind, make_named_fn *make)
{
    if (value->kind != NODE_MAP || value->as.map.count == 0) {
        expected(builder, value, kind, "a mapping of at least one name to an expression");
        return NULL;
    }
    size_t count = value->as.map.count, built = 0;
    const char **keys = mem_zalloc(count, sizeof *keys);
    struct runnable **branches = mem_zalloc(count, sizeof *branches);
    for (size_t i = 0; i < count; i++) {
        keys[i] = value->as.map.members[i].key;
        branches[i] = build_expression(builder, value->as.map.members[i].value);
        built += branches[i] != NULL;
    }
    struct runnable *made = built == count ? make(keys, branches, count) : NULL;
    for (size_t i = 0; !made && i < count; i++)
        runnable_rele(branches[i]);
    free(keys);
    free(branches);
    return made;
}

struct runnable *build_parallel(struct builder *builder, const struct node *value,
                                const struct node *map)
{
    (void)map;
    return build_named_parts(builder, value, "parallel", parallel_new);
}

struct runnable *build_assign(struct builder *builder, const struct node *value,
                              const struct node *map)
{
    (void)map;
    struct runnable *mapper = build_named_parts(builder, value, "assign", parallel_new);
    return mapper ? assign_new(mapper) : NULL;
}

static bool is_list_of_strings(const struct node *value)
{
    for (size_t i = 0; value->kind == NODE_LIST && i < value->as.list.count; i++)
        if (value->as.list.items[i]->kind != NODE_STRING)
            return false;
    return value->kind == NODE_LIST && value->as.list.count > 0;
}

struct runnable *build_pick(struct builder *builder, const struct node *value,
                            const struct node *map)
{
    (void)map;
    if (value->kind == NODE_STRING)
        return pick_one_new(value->as.string.text);
    if (!is_list_of_strings(value)) {
        expected(builder, value, "pick", "a key, or a list of keys");
        return NULL;
    }
    json_auto_t *keys = node_to_json(value);
    return pick_many_new(keys);
}

struct runnable *build_value(struct builder *builder, const struct node *value,
                             const struct node *map)
{
    (void)builder, (void)map;
    json_auto_t *constant = node_to_json(value);
    return value_new(constant);
}

struct runnable *build_passthrough(struct builder *builder, const struct node *value,
                                   const struct node *map)
{
    (void)builder, (void)value, (void)map;
    return passthrough_new();
}
