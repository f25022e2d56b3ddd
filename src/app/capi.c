#include "app/capi.h"

#include <string.h>

#include "base/json.h"

struct node *capi_text(struct arena *arena, const char *function, const char *text)
{
    struct place place = capi_place(function);
    return text ? node_new_string(arena, text, strlen(text), place)
                : node_new(arena, NODE_NULL, place);
}

void capi_set_text(struct arena *arena, struct node *map, const char *function, const char *key,
                   const char *text)
{
    if (text)
        node_set(arena, map, key, capi_text(arena, function, text));
}

struct node *capi_json(struct arena *arena, const char *function, const char *json)
{
    json_t *value = NULL;
    const char *why = "no text";
    if (!json || json_read(&value, json, strlen(json), &why) != LS_OK) {
        char *text = arena_printf(arena, "(no JSON: %s)", why);
        return capi_text(arena, function, text);
    }
    struct node *node = node_from_json(arena, value, capi_place(function));
    json_decref(value);
    return node;
}

static void free_arena(void *ptr)
{
    struct arena *arena = ptr;
    arena_free(&arena);
}

struct node *capi_take(struct arena *arena, const char *function, ls_runnable *runnable)
{
    if (!runnable)
        return node_new(arena, NODE_NULL, capi_place(function));
    arena_defer(arena, free_arena, runnable->arena);
    return runnable->node;
}

static void set(struct arena *arena, struct node *map, const char *key, struct node *value)
{
    for (size_t i = 0; i < map->as.map.count; i++)
        if (strcmp(map->as.map.members[i].key, key) == 0) {
            map->as.map.members[i].value = value;
            return;
        }
    node_set(arena, map, key, value);
}

void capi_merge(struct arena *arena, struct node *map, const char *function, const char *json)
{
    if (!json)
        return;
    struct node *more = capi_json(arena, function, json);
    if (more->kind != NODE_MAP) {
        set(arena, map, more->kind == NODE_STRING ? more->as.string.text : "(JSON, but no object)",
            more);
        return;
    }
    for (size_t i = 0; i < more->as.map.count; i++)
        set(arena, map, more->as.map.members[i].key, more->as.map.members[i].value);
}
