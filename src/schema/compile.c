#include "schema/compile.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "schema/keywords.h"

enum { MAX_PLACES = 256 }; /* schemas inside each other */

/* A JSON pointer. */
static void print_place(struct buf *out, const struct place *place)
{
    if (!place || !place->key)
        return;
    print_place(out, place->up);
    buf_add_char(out, '/');
    for (const char *c = place->key; *c; c++)
        if (*c == '~' || *c == '/')
            buf_add_str(out, *c == '~' ? "~0" : "~1");
        else
            buf_add_char(out, *c);
}

bool compile_refuse(struct compiler *compiler, const struct place *place, const char *key,
                    const char *format, ...)
{
    char text[256];
    struct place here = {place, key, 0};
    struct buf pointer;
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    buf_init(&pointer, 1 << 16);
    print_place(&pointer, key ? &here : place);
    compiler->on_fault(compiler->owner, buf_str(&pointer), text);
    buf_fini(&pointer);
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
        *node = compiler->nodes[i++];
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
        return compile_refuse(compiler, place, "$ref", "$ref names no definition of this schema");
    return true;
}

static bool compile_all_of(struct compiler *compiler, struct node *node, json_t *members,
                           const struct place *place)
{
    if (json_array_size(members) != 1)
        return compile_refuse(compiler, place, "allOf", "allOf is understood with one member only");
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
        return compile_refuse(compiler, place, "enum", "enum is a list of values");
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
    bool fine = true;
    for (int i = 0; i < LIMIT_COUNT; i++) {
        const json_t *limit = node->limits[i] = json_object_get(node->json, keys[i]);
        if (limit && !json_is_number(limit))
            fine = compile_refuse(compiler, place, keys[i], "%s is no number", keys[i]);
        else if (limit && i == LIMIT_MULTIPLE && json_number_value(limit) <= 0)
            fine = compile_refuse(compiler, place, keys[i], "multipleOf is not above 0");
    }
    return fine;
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
    const char *names[sizeof types / sizeof *types + 1] = {NULL};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        names[i] = types[i].name;
    const char *near = text_nearest(type, names);
    return compile_refuse(compiler, place, "type", "'%s' is no type%s%s%s", type,
                          near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "");
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
        return compile_refuse(compiler, place, "type",
                              "type is neither a name nor a list of names");
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
            return compile_refuse(compiler, place, forms[i].keyword,
                                  "%s is not understood beside %s", forms[i].keyword,
                                  forms[given].keyword);
        given = i;
    }
    if (given < 0)
        return compile_plain(compiler, node, place);
    json_t *value = json_object_get(node->json, forms[given].keyword);
    return forms[given].compile(compiler, node, value, place);
}

static bool check_keywords(struct compiler *compiler, json_t *json, const struct place *place)
{
    const char *key, *why, *near;
    json_t *value;
    bool fine = true;
    json_object_foreach(json, key, value) {
        if (!keyword_is_refused(json, key, &why, &near))
            continue;
        if (near)
            fine = compile_refuse(compiler, place, key, "unknown keyword '%s', did you mean '%s'?",
                                  key, near);
        else
            fine = compile_refuse(compiler, place, key, "'%s' %s", key, why);
    }
    return fine;
}

bool compile_node(struct compiler *compiler, struct node *node, json_t *json,
                  const struct place *place)
{
    node->json = json;
    node->title = json_get_string(json, "title");
    if (json_is_true(json))
        return true;
    if (!json_is_object(json))
        return compile_refuse(compiler, place, NULL, "this is no schema");
    if (place->depth > MAX_PLACES)
        return compile_refuse(compiler, place, NULL, "schemas are nested too deeply");
    bool fine = check_keywords(compiler, json, place);
    return compile_form(compiler, node, place) && fine;
}
