#include "yaml/option.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "yaml/option_value.h"

/* The names of all rows and of `others`, for "did you mean"; free() the array. */
static const char **all_names(const struct option *table, const char *const *others)
{
    size_t rows = 0, more = 0;
    while (table[rows].name)
        rows++;
    while (others && others[more])
        more++;
    const char **names = mem_zalloc(rows + more + 1, sizeof *names);
    for (size_t i = 0; i < rows; i++)
        names[i] = table[i].name;
    for (size_t i = 0; i < more; i++)
        names[rows + i] = others[i];
    return names;
}

/* What an option with this name elsewhere is called here, or NULL. */
static const char *name_here(const struct option *table, const char *key)
{
    for (; table->name; table++)
        if (table->also && !strcmp(table->also, key))
            return table->name;
    return NULL;
}

static void check_keys(const struct option *table, const struct node *map, const char *const *names,
                       const char *what, struct problems *problems)
{
    char kind[64];
    snprintf(kind, sizeof kind, "%s option", what);
    for (size_t i = 0; i < map->as.map.count; i++) {
        const struct node_member *member = &map->as.map.members[i];
        if (text_is_any(member->key, names) || problems_has(problems, member->key_place))
            continue;
        const char *here = name_here(table, member->key);
        if (here)
            problems_error(problems, member->key_place, "unknown %s '%s'; here it is '%s'", kind,
                           member->key, here);
        else
            problems_unknown(problems, member->key_place, kind, member->key, names);
    }
}

static bool is_given(const struct option *row, const struct node *value)
{
    if (!value)
        return false;
    return value->kind != NODE_NULL || row->type == OPTION_JSON || row->type == OPTION_NODE;
}

/* The mapping, or NULL when nothing is said or it is something else. */
static const struct node *as_map(const struct node *map, const char *what,
                                 struct problems *problems)
{
    if (!map || map->kind == NODE_MAP)
        return map;
    if (map->kind != NODE_NULL)
        problems_error(problems, map->place,
                       "%s: expected options, written as `name: value`, and not %s", what,
                       node_kind_name(map->kind));
    return NULL;
}

void options_read(const struct option *table, const struct node *map, void *out,
                  const char *const *others, const char *what, struct arena *arena,
                  struct problems *problems)
{
    struct place place = map ? map->place : (struct place){0};
    bool is_other = map && map->kind != NODE_MAP && map->kind != NODE_NULL;
    map = as_map(map, what, problems);
    if (map) {
        const char **names = all_names(table, others);
        check_keys(table, map, names, what, problems);
        free(names);
    }
    for (const struct option *row = table; row->name; row++) {
        void *field = (char *)out + row->offset;
        const struct node *value = map ? node_get(map, row->name) : NULL;
        option_fall_back(row, field, arena);
        if (is_given(row, value))
            option_read(row, value, field, arena, problems);
        else if (row->required && !is_other)
            problems_error(problems, place, "%s: the option '%s' is missing", what, row->name);
    }
}

json_t *option_strings_json(const struct option_strings *strings)
{
    json_t *array = json_array();
    for (size_t i = 0; i < strings->count; i++)
        json_array_append_new(array, json_string(strings->items[i]));
    return array;
}
