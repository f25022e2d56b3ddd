/* Objects: maps, and objects with declared members. */
#include <stdint.h>
#include <string.h>

#include "base/json.h"
#include "schema/compile.h"

static bool is_required(const struct node *node, const char *key)
{
    size_t i;
    json_t *name;
    json_array_foreach(json_object_get(node->json, "required"), i, name)
        if (json_is_string(name) && strcmp(json_string_value(name), key) == 0)
            return true;
    return false;
}

/* What is there when a member is left out.  The classes of LangChain's have empty lists and maps
 * there, which their schemas do not say. */
static json_t *fallback_of(struct compiler *compiler, const struct node *node, json_t *member)
{
    json_t *given = json_object_get(member, "default");
    const char *type = json_get_string(member, "type");
    if (given || !node->known || !type)
        return given;
    if (strcmp(type, "array") == 0)
        return arena_give_json(compiler->arena, json_array());
    return strcmp(type, "object") == 0 ? arena_give_json(compiler->arena, json_object()) : NULL;
}

static bool add_member(struct compiler *compiler, struct node *node, const char *key, json_t *json,
                       const struct place *place)
{
    struct place properties = {place, "properties", place->depth};
    struct node *made = compile_part(compiler, json, &properties, key);
    if (!made)
        return false;
    made->is_sequence = node->known == MESSAGE_PROMPT;
    node->members[node->count++] = (struct member){
        .key = key,
        .node = made,
        .fallback = fallback_of(compiler, node, json),
        .required = is_required(node, key),
    };
    json_object_set(node->declared, key, json_true());
    return true;
}

static bool add_members(struct compiler *compiler, struct node *node, json_t *properties,
                        json_t *required, const struct place *place)
{
    size_t most = json_object_size(properties) + json_array_size(required), i;
    const char *key;
    json_t *json;
    node->members = arena_zalloc(compiler->arena, (most + 1) * sizeof *node->members);
    node->declared = arena_give_json(compiler->arena, json_object());
    bool fine = true;
    json_object_foreach(properties, key, json)
        fine &= add_member(compiler, node, key, json, place);
    json_array_foreach(required, i, json) {
        if (!json_is_string(json))
            return compile_refuse(compiler, place, "required", "required is a list of names");
        if (fine && !json_object_get(node->declared, json_string_value(json)))
            fine = add_member(compiler, node, json_string_value(json), json_true(), place);
    }
    return fine;
}

static bool compile_extras(struct compiler *compiler, struct node *node, const struct place *place)
{
    json_t *extras = json_object_get(node->json, "additionalProperties");
    bool declares = json_object_get(node->json, "properties");
    node->extras = declares ? EXTRAS_DROP : EXTRAS_KEEP;
    if (!extras)
        return true;
    if (json_is_false(extras)) {
        node->extras = EXTRAS_FORBID;
        return true;
    }
    node->inner = compile_part(compiler, extras, place, "additionalProperties");
    node->extras = node->inner && node->inner->kind == NODE_ANY ? EXTRAS_KEEP : EXTRAS_DECODE;
    return node->inner;
}

/* Keys that match a pattern, and what stands under them; as pydantic writes maps with such keys. */
static bool compile_patterned(struct compiler *compiler, struct node *node, json_t *patterns,
                              const struct place *place)
{
    const char *pattern = json_object_iter_key(json_object_iter(patterns));
    bool plain_keys = !node->keys || (node->keys->kind == NODE_STRING && !node->keys->pattern);
    if (json_object_size(patterns) != 1 || node->inner || !plain_keys)
        return compile_refuse(compiler, place, "patternProperties",
                              "patternProperties is understood with one pattern, and alone");
    const struct place here = {place, "patternProperties", place->depth};
    if (!node->keys) {
        node->keys = arena_zalloc(compiler->arena, sizeof *node->keys);
        *node->keys = (struct node){.kind = NODE_STRING, .json = patterns, .most = SIZE_MAX};
    }
    if (!compile_pattern(compiler, node->keys, pattern, strlen(pattern), &here))
        return false;
    node->inner = compile_part(compiler, json_object_get(patterns, pattern), &here, pattern);
    return node->inner;
}

/* The schema of a map's keys, which are strings also when it does not say so. */
static json_t *key_schema(struct compiler *compiler, json_t *names)
{
    static const char *const other[] = {"type", "$ref", "anyOf", "oneOf", "allOf"};
    for (size_t i = 0; i < sizeof other / sizeof *other; i++)
        if (!json_is_object(names) || json_object_get(names, other[i]))
            return names;
    json_t *typed = arena_give_json(compiler->arena, json_copy(names));
    json_object_set_new(typed, "type", json_string("string"));
    return typed;
}

static bool compile_dict(struct compiler *compiler, struct node *node, const struct place *place)
{
    json_t *names = json_object_get(node->json, "propertyNames");
    json_t *patterns = json_object_get(node->json, "patternProperties");
    node->kind = NODE_DICT;
    node->any_keys = compiler->in_message;
    if (!compile_length(compiler, node, "minProperties", 0, &node->least, place) ||
        !compile_length(compiler, node, "maxProperties", SIZE_MAX, &node->most, place))
        return false;
    if (names)
        node->keys = compile_part(compiler, key_schema(compiler, names), place, "propertyNames");
    if (names && !node->keys)
        return false;
    if (patterns && !compile_patterned(compiler, node, patterns, place))
        return false;
    if (!node->inner)
        node->inner = arena_zalloc(compiler->arena, sizeof *node->inner);
    return true;
}

/* The keyword for maps that stands in a schema with declared members, or NULL. */
static const char *map_keyword(const json_t *json)
{
    static const char *const names[] = {"propertyNames", "patternProperties", "minProperties",
                                        "maxProperties"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (json_object_get(json, names[i]))
            return names[i];
    return NULL;
}

bool compile_object(struct compiler *compiler, struct node *node, const struct place *place)
{
    json_t *properties = json_object_get(node->json, "properties");
    json_t *required = json_object_get(node->json, "required");
    bool sound = true;
    if (properties && !json_is_object(properties))
        sound = compile_refuse(compiler, place, "properties", "properties is an object");
    if (required && !json_is_array(required))
        sound = compile_refuse(compiler, place, "required", "required is a list of names");
    sound = compile_extras(compiler, node, place) && sound;
    if (sound && !properties && json_array_size(required) == 0 && node->extras != EXTRAS_FORBID)
        return compile_dict(compiler, node, place);
    const char *of_maps = map_keyword(node->json);
    if (sound && of_maps)
        sound = compile_refuse(compiler, place, of_maps,
                               "%s is not understood beside declared members", of_maps);
    const char *type = json_get_string(json_object_get(properties, "type"), "const");
    node->known = message_kind_of(node->title, type);
    node->is_class = node->title && !(node->is_def && message_is_map(node->title));
    compiler->in_message |= node->known >= MESSAGE_OUTPUT;
    bool fine = add_members(compiler, node, properties, required, place);
    compiler->in_message = false;
    return fine && sound;
}
