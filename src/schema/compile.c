#include "schema/compile.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "schema/keywords.h"
#include "schema/schema.h"

enum { MAX_PLACES = 256 }; /* schemas inside each other */

static void print_place(struct buf *out, const struct place *place)
{
    if (!place || !place->key)
        return;
    print_place(out, place->up);
    buf_printf(out, "/%s", place->key);
}

bool compile_refuse(struct compiler *compiler, const struct place *place, const char *format, ...)
{
    struct buf text;
    buf_init(&text, 200);
    print_place(&text, place);
    size_t len = (size_t)snprintf(compiler->why, 256, "#%s: ", buf_str(&text));
    buf_fini(&text);
    va_list args;
    va_start(args, format);
    vsnprintf(compiler->why + len, 256 - len, format, args);
    va_end(args);
    return false;
}

struct node *compile_part(struct compiler *compiler, json_t *json, const struct place *up,
                          const char *key)
{
    struct place place = {up, key, up->depth + 1};
    struct node *node = arena_zalloc(compiler->arena, sizeof *node);
    return compile_node(compiler, node, json, &place) ? node : NULL;
}

bool compile_find(struct compiler *compiler, const char *ref, json_t **json, struct node **node)
{
    *json = compiler->json;
    *node = compiler->root;
    if (strcmp(ref, "#") == 0)
        return true;
    const char *name = strrchr(ref, '/'), *key;
    size_t i = 0;
    json_object_foreach(compiler->defs, key, *json) {
        *node = &compiler->nodes[i++];
        if (name && strcmp(key, name + 1) == 0)
            return strncmp(ref, "#/$defs/", 8) == 0 || strncmp(ref, "#/definitions/", 14) == 0;
    }
    return false;
}

static bool compile_ref(struct compiler *compiler, struct node *node, json_t *ref,
                        const struct place *place)
{
    json_t *json;
    node->kind = NODE_REF;
    if (!json_is_string(ref) ||
        !compile_find(compiler, json_string_value(ref), &json, &node->inner))
        return compile_refuse(compiler, place, "$ref names no definition of this schema");
    return true;
}

static bool compile_all_of(struct compiler *compiler, struct node *node, json_t *members,
                           const struct place *place)
{
    if (json_array_size(members) != 1)
        return compile_refuse(compiler, place, "allOf is understood with one member only");
    node->kind = NODE_REF;
    node->inner = compile_part(compiler, json_array_get(members, 0), place, "allOf");
    return node->inner;
}

static bool compile_enum(struct compiler *compiler, struct node *node, const struct place *place)
{
    json_t *constant = json_object_get(node->json, "const");
    node->kind = NODE_ENUM;
    node->values = json_object_get(node->json, "enum");
    if (constant)
        node->values = arena_give_json(compiler->arena, json_pack("[O]", constant));
    if (json_array_size(node->values) == 0)
        return compile_refuse(compiler, place, "enum is a list of values");
    node->expected = node_expected(compiler->arena, node->values);
    return true;
}

static bool compile_number(struct compiler *compiler, struct node *node, const struct place *place)
{
    static const char *const keys[LIMIT_COUNT] = {
        [LIMIT_MULTIPLE] = "multipleOf",    [LIMIT_MOST] = "maximum",
        [LIMIT_BELOW] = "exclusiveMaximum", [LIMIT_LEAST] = "minimum",
        [LIMIT_ABOVE] = "exclusiveMinimum",
    };
    for (int i = 0; i < LIMIT_COUNT; i++) {
        node->limits[i] = json_object_get(node->json, keys[i]);
        if (node->limits[i] && !json_is_number(node->limits[i]))
            return compile_refuse(compiler, place, "%s is no number", keys[i]);
    }
    if (node->limits[LIMIT_MULTIPLE] && json_number_value(node->limits[LIMIT_MULTIPLE]) <= 0)
        return compile_refuse(compiler, place, "multipleOf is not above 0");
    return true;
}

static bool compile_typed(struct compiler *compiler, struct node *node, const char *type,
                          const struct place *place)
{
    static const struct {
        const char *name;
        enum node_kind kind;
        bool (*compile)(struct compiler *compiler, struct node *node, const struct place *place);
    } types[] = {
        {"string", NODE_STRING, compile_string},
        {"integer", NODE_INTEGER, compile_number},
        {"number", NODE_NUMBER, compile_number},
        {"boolean", NODE_BOOLEAN, NULL},
        {"null", NODE_NULL, NULL},
        {"array", NODE_ARRAY, compile_array},
        {"object", NODE_OBJECT, compile_object},
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (strcmp(types[i].name, type) != 0)
            continue;
        node->kind = types[i].kind;
        return !types[i].compile || types[i].compile(compiler, node, place);
    }
    return compile_refuse(compiler, place, "'%s' is no type", type);
}

/* A list of types is a union of this schema with each of them. */
static bool compile_types(struct compiler *compiler, struct node *node, json_t *types,
                          const struct place *place)
{
    json_t *members = arena_give_json(compiler->arena, json_array()), *type;
    size_t i;
    json_array_foreach(types, i, type) {
        json_t *member = json_copy(node->json);
        json_object_set(member, "type", type);
        json_array_append_new(members, member);
    }
    return compile_union(compiler, node, members, place);
}

/* The type that the keywords imply when none is given. */
static const char *implied_type(const json_t *json)
{
    static const struct {
        const char *keyword, *type;
    } rows[] = {{"items", "array"},
                {"prefixItems", "array"},
                {"properties", "object"},
                {"required", "object"},
                {"additionalProperties", "object"},
                {"patternProperties", "object"},
                {"propertyNames", "object"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (json_object_get(json, rows[i].keyword))
            return rows[i].type;
    return NULL;
}

static bool compile_plain(struct compiler *compiler, struct node *node, const struct place *place)
{
    json_t *type = json_object_get(node->json, "type");
    if (json_object_get(node->json, "const") || json_object_get(node->json, "enum"))
        return compile_enum(compiler, node, place);
    if (json_is_array(type))
        return compile_types(compiler, node, type, place);
    if (type && !json_is_string(type))
        return compile_refuse(compiler, place, "type is neither a name nor a list of names");
    const char *name = type ? json_string_value(type) : implied_type(node->json);
    node->kind = NODE_ANY;
    return !name || compile_typed(compiler, node, name, place);
}

static bool compile_form(struct compiler *compiler, struct node *node, const struct place *place)
{
    static const struct {
        const char *keyword;
        bool (*compile)(struct compiler *compiler, struct node *node, json_t *value,
                        const struct place *place);
    } forms[] = {{"$ref", compile_ref},
                 {"anyOf", compile_union},
                 {"oneOf", compile_one_of},
                 {"allOf", compile_all_of}};
    int given = -1;
    for (int i = 0; i < 4; i++) {
        if (!json_object_get(node->json, forms[i].keyword))
            continue;
        if (given >= 0)
            return compile_refuse(compiler, place, "%s is not understood beside %s",
                                  forms[i].keyword, forms[given].keyword);
        given = i;
    }
    if (given < 0)
        return compile_plain(compiler, node, place);
    json_t *value = json_object_get(node->json, forms[given].keyword);
    return forms[given].compile(compiler, node, value, place);
}

bool compile_node(struct compiler *compiler, struct node *node, json_t *json,
                  const struct place *place)
{
    node->json = json;
    node->title = json_get_string(json, "title");
    if (json_is_true(json))
        return true;
    if (!json_is_object(json))
        return compile_refuse(compiler, place, "this is no schema");
    if (place->depth > MAX_PLACES)
        return compile_refuse(compiler, place, "schemas are nested too deeply");
    const char *why = NULL, *keyword = keywords_refused(json, &why);
    if (keyword)
        return compile_refuse(compiler, place, "'%s' %s", keyword, why);
    return compile_form(compiler, node, place);
}
