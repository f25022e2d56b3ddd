#include "yaml/node.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

const char *node_kind_name(enum node_kind kind)
{
    static const char *const names[] = {
        [NODE_NULL] = "null",     [NODE_BOOL] = "true or false",  [NODE_INT] = "a number",
        [NODE_REAL] = "a number", [NODE_STRING] = "a string",     [NODE_LIST] = "a list",
        [NODE_MAP] = "a mapping", [NODE_NATIVE] = "a C function",
    };
    return names[kind];
}

struct node *node_new(struct arena *arena, enum node_kind kind, struct place place)
{
    struct node *node = arena_zalloc(arena, sizeof *node);
    node->kind = kind;
    node->place = place;
    return node;
}

struct node *node_new_string(struct arena *arena, const char *text, size_t len, struct place place)
{
    struct node *node = node_new(arena, NODE_STRING, place);
    node->as.string.text = arena_strndup(arena, text, len);
    node->as.string.len = len;
    return node;
}

/* Room for one more in an array of the arena: the same array, or a copy twice as big. */
static void *grown(struct arena *arena, void *items, size_t size, size_t count, size_t *cap)
{
    if (count < *cap)
        return items;
    *cap = *cap ? *cap * 2 : 4;
    void *bigger = arena_alloc(arena, *cap * size);
    if (count)
        memcpy(bigger, items, count * size);
    return bigger;
}

void node_append(struct arena *arena, struct node *list, struct node *item)
{
    assert(list->kind == NODE_LIST);
    list->as.list.items = grown(arena, list->as.list.items, sizeof(struct node *),
                                list->as.list.count, &list->as.list.cap);
    list->as.list.items[list->as.list.count++] = item;
}

void node_set_as(struct arena *arena, struct node *map, const struct node_member *member)
{
    assert(map->kind == NODE_MAP);
    map->as.map.members = grown(arena, map->as.map.members, sizeof(struct node_member),
                                map->as.map.count, &map->as.map.cap);
    map->as.map.members[map->as.map.count++] = *member;
}

void node_set_at(struct arena *arena, struct node *map, struct node_member member)
{
    member.key = arena_strndup(arena, member.key, member.key_len);
    node_set_as(arena, map, &member);
}

void node_set(struct arena *arena, struct node *map, const char *key, struct node *value)
{
    node_set_at(arena, map,
                (struct node_member){
                    .key = key, .key_len = strlen(key), .key_place = value->place, .value = value});
}

static const struct node_member *member_of(const struct node *map, const char *key)
{
    assert(map->kind == NODE_MAP);
    size_t len = strlen(key);
    for (size_t i = 0; i < map->as.map.count; i++) {
        const struct node_member *member = &map->as.map.members[i];
        if (member->key_len == len && !memcmp(member->key, key, len))
            return member;
    }
    return NULL;
}

const struct node *node_get(const struct node *map, const char *key)
{
    const struct node_member *member = member_of(map, key);
    return member ? member->value : NULL;
}

bool node_says(const struct node *map, const char *key)
{
    const struct node *value = map ? node_get(map, key) : NULL;
    return value && value->kind != NODE_NULL;
}

const void *node_key(const struct node *map, const char *key)
{
    const struct node_member *member = member_of(map, key);
    return member ? member->key : NULL;
}

/* Whether a key is the first segment of a pointer that stands behind its '/'. */
static bool is_segment(const char *key, const char *pointer)
{
    for (; *key; key++, pointer++) {
        bool escaped = *key == '~' || *key == '/';
        if (escaped && (pointer[0] != '~' || *++pointer != (*key == '~' ? '0' : '1')))
            return false;
        if (!escaped && *pointer != *key)
            return false;
    }
    return *pointer == '/' || *pointer == '\0';
}

/* The part under the first segment, and where it was written; NULL when there is none. */
static const struct node *step_into(const struct node *node, const char *pointer,
                                    struct place *place)
{
    char index[24];
    for (size_t i = 0; node->kind == NODE_MAP && i < node->as.map.count; i++)
        if (is_segment(node->as.map.members[i].key, pointer)) {
            *place = node->as.map.members[i].key_place;
            return node->as.map.members[i].value;
        }
    for (size_t i = 0; node->kind == NODE_LIST && i < node->as.list.count; i++) {
        snprintf(index, sizeof index, "%zu", i);
        if (is_segment(index, pointer)) {
            *place = node->as.list.items[i]->place;
            return node->as.list.items[i];
        }
    }
    return NULL;
}

struct place node_place_at(const struct node *node, const char *pointer)
{
    struct place place = node->place;
    while (node && *pointer == '/') {
        node = step_into(node, pointer + 1, &place);
        pointer += 1 + strcspn(pointer + 1, "/");
    }
    return place;
}

static json_t *list_to_json(const struct node *node)
{
    json_t *array = json_array();
    for (size_t i = 0; i < node->as.list.count; i++)
        json_array_append_new(array, node_to_json(node->as.list.items[i]));
    return array;
}

static json_t *map_to_json(const struct node *node)
{
    json_t *object = json_object();
    for (size_t i = 0; i < node->as.map.count; i++) {
        const struct node_member *member = &node->as.map.members[i];
        json_object_setn_new_nocheck(object, member->key, member->key_len,
                                     node_to_json(member->value));
    }
    return object;
}

json_t *node_to_json(const struct node *node)
{
    switch (node->kind) {
    case NODE_BOOL: return json_boolean(node->as.boolean);
    case NODE_INT: return json_integer(node->as.integer);
    case NODE_REAL: return json_real(node->as.real);
    case NODE_STRING: return json_stringn_nocheck(node->as.string.text, node->as.string.len);
    case NODE_LIST: return list_to_json(node);
    case NODE_MAP: return map_to_json(node);
    case NODE_NATIVE:
    case NODE_NULL: break;
    }
    return json_null();
}

static struct node *list_from_json(struct arena *arena, const json_t *array, struct place place)
{
    struct node *list = node_new(arena, NODE_LIST, place);
    for (size_t i = 0; i < json_array_size(array); i++)
        node_append(arena, list, node_from_json(arena, json_array_get(array, i), place));
    return list;
}

static struct node *map_from_json(struct arena *arena, const json_t *object, struct place place)
{
    struct node *map = node_new(arena, NODE_MAP, place);
    /* jansson iterates over mutable objects only, although it changes nothing. */
    json_t *mutable = (json_t *)object;
    for (void *i = json_object_iter(mutable); i; i = json_object_iter_next(mutable, i))
        node_set_at(arena, map,
                    (struct node_member){.key = json_object_iter_key(i),
                                         .key_len = json_object_iter_key_len(i),
                                         .key_place = place,
                                         .value = node_from_json(arena, json_object_iter_value(i),
                                                                 place)});
    return map;
}

struct node *node_from_json(struct arena *arena, const json_t *value, struct place place)
{
    struct node *node;
    switch (json_typeof(value)) {
    case JSON_OBJECT: return map_from_json(arena, value, place);
    case JSON_ARRAY: return list_from_json(arena, value, place);
    case JSON_STRING:
        return node_new_string(arena, json_string_value(value), json_string_length(value), place);
    case JSON_INTEGER:
        node = node_new(arena, NODE_INT, place);
        node->as.integer = json_integer_value(value);
        return node;
    case JSON_REAL:
        node = node_new(arena, NODE_REAL, place);
        node->as.real = json_real_value(value);
        return node;
    case JSON_TRUE:
    case JSON_FALSE:
        node = node_new(arena, NODE_BOOL, place);
        node->as.boolean = json_is_true(value);
        return node;
    case JSON_NULL: break;
    }
    return node_new(arena, NODE_NULL, place);
}
