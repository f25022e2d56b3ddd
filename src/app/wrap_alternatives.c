#include <string.h>

#include "app/wraps.h"
#include "stages/alternatives.h"
#include "yaml/option.h"

struct alternatives_fields {
    const char *id, *name, *description, *fallback;
    bool prefix_keys;
    const struct node *options;
};

const struct option alternatives_options[] = {
    {.name = "id",
     .type = OPTION_STRING,
     .offset = offsetof(struct alternatives_fields, id),
     .required = true,
     .doc = "What a run's `configurable` calls the choice."},
    {.name = "name",
     .type = OPTION_STRING,
     .offset = offsetof(struct alternatives_fields, name),
     .doc = "What a form shows."},
    {.name = "description",
     .type = OPTION_STRING,
     .offset = offsetof(struct alternatives_fields, description),
     .doc = "What a form explains."},
    {.name = "default",
     .type = OPTION_STRING,
     .offset = offsetof(struct alternatives_fields, fallback),
     .fallback = "default",
     .doc = "The key of the step itself."},
    {.name = "prefix_keys",
     .type = OPTION_BOOL,
     .offset = offsetof(struct alternatives_fields, prefix_keys),
     .doc = "Whether the ids inside an alternative begin with `<id>==<key>/`."},
    {.name = "options",
     .type = OPTION_NODE,
     .offset = offsetof(struct alternatives_fields, options),
     .required = true,
     .schema = "{\"type\":\"object\",\"minProperties\":1,\"additionalProperties\":"
               "{\"$ref\":\"#/$defs/expression\"}}",
     .doc = "The other runnables by their keys."},
    {.name = NULL},
};

struct runnable *wrap_alternatives(struct builder *builder, const struct node *node,
                                   struct runnable *bound)
{
    struct alternatives_fields fields = {0};
    if (node->kind == NODE_MAP)
        options_read(alternatives_options, node, &fields, NULL, "alternatives", builder->arena,
                     builder->problems);
    const struct node *options = fields.options;
    if (!fields.id || !options || options->kind != NODE_MAP || options->as.map.count == 0) {
        problems_error(builder->problems, node->place,
                       "alternatives: expected {id: …, default: …, options: {name: …}}");
        return bound;
    }
    size_t count = options->as.map.count + 1, built = 1;
    const char **keys = arena_zalloc(builder->arena, count * sizeof *keys);
    struct runnable **runnables = arena_zalloc(builder->arena, count * sizeof(struct runnable *));
    runnables[0] = bound;
    for (size_t i = 1; i < count; i++) {
        const struct node_member *member = &options->as.map.members[i - 1];
        struct runnable *alternative = build_expression(builder, member->value);
        if (strcmp(member->key, fields.fallback) == 0)
            problems_error(builder->problems, member->key_place,
                           "'%s' is the default's own key: choose another, or name the default "
                           "with `default`",
                           member->key);
        keys[built] = member->key;
        if (alternative)
            runnables[built++] = alternative;
    }
    return alternatives_new(&(struct alternatives_options){.id = fields.id,
                                                           .name = fields.name,
                                                           .description = fields.description,
                                                           .default_key = fields.fallback,
                                                           .prefix_keys = fields.prefix_keys},
                            keys, runnables, built);
}
