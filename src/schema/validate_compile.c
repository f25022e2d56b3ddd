/* From schemas to nodes with rules. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "schema/validator.h"

static void queue_node(struct registry *registry, struct vnode *node)
{
    if (!node || node->is_queued)
        return;
    node->is_queued = true;
    node->next = registry->queue;
    registry->queue = node;
    for (struct anchor *anchor = node->resource->anchors; anchor; anchor = anchor->next)
        if (anchor->is_dynamic)
            queue_node(registry, anchor->node);
}

static bool are_names(const json_t *list)
{
    size_t i;
    json_t *name;
    json_array_foreach(list, i, name)
        if (!json_is_string(name))
            return false;
    return json_is_array(list);
}

static bool are_name_lists(json_t *map)
{
    const char *key;
    json_t *list;
    json_object_foreach(map, key, list)
        if (!are_names(list))
            return false;
    return json_is_object(map);
}

static bool is_type(const json_t *name)
{
    static const char *const types[] = {"null",   "boolean", "integer", "number",
                                        "string", "array",   "object"};
    for (size_t i = 0; json_is_string(name) && i < sizeof types / sizeof *types; i++)
        if (strcmp(json_string_value(name), types[i]) == 0)
            return true;
    return false;
}

static bool are_types(const json_t *value)
{
    size_t i;
    json_t *type;
    json_array_foreach(value, i, type)
        if (!is_type(type))
            return false;
    return json_is_array(value) || is_type(value);
}

/* NULL: the value of a keyword is as it must be; otherwise what it must be. */
static const char *wanted(enum shape shape, json_t *value)
{
    switch (shape) {
    case SHAPE_COUNT:
        return number_is_whole(value) && json_number_value(value) >= 0 ? NULL
                                                                       : "a whole number from 0";
    case SHAPE_NUMBER: return json_is_number(value) ? NULL : "a number";
    case SHAPE_STEP: return json_number_value(value) > 0 ? NULL : "a number above 0";
    case SHAPE_FLAG: return json_is_boolean(value) ? NULL : "true or false";
    case SHAPE_LIST: return json_is_array(value) ? NULL : "a list";
    case SHAPE_NAMES: return are_names(value) ? NULL : "a list of strings";
    case SHAPE_NAME_MAP: return are_name_lists(value) ? NULL : "an object of lists of strings";
    case SHAPE_TYPES: return are_types(value) ? NULL : "a type or a list of types";
    case SHAPE_TEXT:
    case SHAPE_PATTERN:
    case SHAPE_REF: return json_is_string(value) ? NULL : "a string";
    case SHAPE_SCHEMAS: return json_is_array(value) ? NULL : "a list of schemas";
    case SHAPE_MEMBERS:
    case SHAPE_PATTERNS: return json_is_object(value) ? NULL : "an object of schemas";
    default: return NULL;
    }
}

static void free_pattern(void *pattern)
{
    struct pattern *own = pattern;
    pattern_free(&own);
}

static bool add_pattern(struct registry *registry, struct rule *rule, size_t i, const char *text,
                        size_t len)
{
    char why[256];
    if (pattern_compile(&rule->patterns[i], text, len, PATTERN_ECMA, why))
        return registry_refuse(registry, rule->node, "%s: %s", rule->keyword->name, why);
    arena_defer(registry->arena, free_pattern, rule->patterns[i]);
    return true;
}

static bool add_part(struct registry *registry, struct rule *rule, size_t i, json_t *json,
                     const char *place)
{
    rule->parts[i] = registry_node(registry, rule->node, json, place);
    queue_node(registry, rule->parts[i]);
    return rule->parts[i];
}

static bool add_reference(struct registry *registry, struct rule *rule)
{
    const char *name = NULL;
    struct vnode *target =
        registry_resolve(registry, rule->node, json_string_value(rule->value), &name);
    if (!target)
        return false;
    rule->parts[0] = target;
    queue_node(registry, target);
    struct anchor *anchor = name ? anchor_find(target->resource, name) : NULL;
    if (anchor && anchor->is_dynamic && rule->keyword->name[1] == 'd')
        rule->dynamic = name;
    return true;
}

/* The schemas and patterns that the value of a rule holds. */
static bool add_parts(struct registry *registry, struct rule *rule)
{
    struct arena *arena = registry->arena;
    enum shape shape = rule->keyword->shape;
    size_t most = json_array_size(rule->value) + json_object_size(rule->value) + 1, i = 0;
    const char *place = arena_printf(arena, "%s/%s", rule->node->place, rule->keyword->name), *key;
    json_t *part;
    rule->parts = arena_zalloc(arena, most * sizeof(struct vnode *));
    rule->patterns = arena_zalloc(arena, most * sizeof(struct pattern *));
    if (shape == SHAPE_REF)
        return add_reference(registry, rule);
    if (shape == SHAPE_SCHEMA)
        return add_part(registry, rule, 0, rule->value, place);
    if (shape == SHAPE_PATTERN)
        return add_pattern(registry, rule, 0, json_string_value(rule->value),
                           json_string_length(rule->value));
    if (shape == SHAPE_SCHEMAS)
        json_array_foreach(rule->value, i, part)
            if (!add_part(registry, rule, i, part, arena_printf(arena, "%s/%zu", place, i)))
                return false;
    if (shape != SHAPE_MEMBERS && shape != SHAPE_PATTERNS)
        return true;
    json_object_foreach(rule->value, key, part) {
        if (shape == SHAPE_PATTERNS && !add_pattern(registry, rule, i, key, strlen(key)))
            return false;
        if (!add_part(registry, rule, i++, part, registry_place(registry, place, key)))
            return false;
    }
    return true;
}

static bool add_rule(struct registry *registry, struct vnode *node, const struct keyword *keyword,
                     json_t *value)
{
    const char *want = wanted(keyword->shape, value);
    if (want)
        return registry_refuse(registry, node, "%s is not %s", keyword->name, want);
    struct rule *rule = &node->rules[node->count++];
    *rule = (struct rule){.keyword = keyword, .node = node, .value = value};
    node->is_unevaluated |= strncmp(keyword->name, "unevaluated", 11) == 0;
    return add_parts(registry, rule);
}

static bool compile(struct registry *registry, struct vnode *node)
{
    if (json_is_boolean(node->json))
        return true;
    if (!json_is_object(node->json))
        return registry_refuse(registry, node, "this is no schema");
    int used = node->resource->vocabularies;
    node->rules =
        arena_zalloc(registry->arena, (json_object_size(node->json) + 1) * sizeof *node->rules);
    for (const struct keyword *keyword = keyword_table(); keyword->name; keyword++) {
        json_t *value = json_object_get(node->json, keyword->name);
        bool counts = (keyword->vocabulary & ~used) == 0;
        bool is_place = !keyword->check && keyword->shape == SHAPE_MEMBERS;
        if (value && counts && !is_place && !add_rule(registry, node, keyword, value))
            return false;
    }
    return true;
}

static bool compile_all(struct registry *registry)
{
    while (registry->queue) {
        struct vnode *node = registry->queue;
        registry->queue = node->next;
        if (!compile(registry, node))
            return false;
    }
    return true;
}

enum ls_err validator_compile(struct validator **out, const json_t *schema,
                              const struct validator_options *options, char why[256])
{
    static const struct validator_options defaults = {0};
    options = options ? options : &defaults;
    struct validator *validator = mem_zalloc(1, sizeof *validator);
    validator->arena = arena_new(0);
    validator->max_steps = options->max_steps ? options->max_steps : VALIDATE_STEPS;
    why[0] = '\0';
    struct registry registry = {.arena = validator->arena,
                                .documents = options->documents,
                                .why = why};
    registry.vocabularies =
        VOCABULARY_VALIDATION | (options->assert_formats ? VOCABULARY_FORMAT : 0);
    const char *uri = arena_strdup(validator->arena, options->uri ? options->uri : "");
    validator->root = registry_add(&registry, uri, schema);
    queue_node(&registry, validator->root);
    bool fine = validator->root && compile_all(&registry);
    registry_fini(&registry);
    if (!fine)
        validator_free(&validator);
    *out = validator;
    return fine ? LS_OK : LS_BAD_CONFIG;
}

void validator_free(struct validator **validator)
{
    if (!*validator)
        return;
    arena_free(&(*validator)->arena);
    free(*validator);
    *validator = NULL;
}
