#include "yaml/yaml_tree.h"

#include <string.h>

#include "base/mem.h"
#include "yaml/yaml_error.h"
#include "yaml/yaml_read.h"
#include "yaml/yaml_tag.h"

struct place yaml_tree_place(const struct yaml_reader *reader, const yaml_event_t *event)
{
    return yaml_place(reader->file, event->start_mark);
}

bool yaml_tree_next(struct yaml_reader *reader, yaml_event_t *event)
{
    if (yaml_parser_parse(&reader->parser, event))
        return true;
    yaml_error_report(&reader->parser, reader->file, reader->data, reader->len, reader->problems);
    reader->failed = true;
    return false;
}

/* Counts `nodes` more of which the lowest is `levels` deep; false when that is too much. */
static bool count(struct yaml_reader *reader, struct place place, size_t nodes, int levels)
{
    reader->nodes += nodes;
    if (reader->nodes > YAML_MAX_NODES) {
        problems_error(reader->problems, place,
                       "too many values with all aliases written out; at most %d", YAML_MAX_NODES);
        reader->failed = true;
    } else if (levels > YAML_MAX_DEPTH) {
        problems_error(reader->problems, place, "lists and mappings are nested more than %d deep",
                       YAML_MAX_DEPTH);
        reader->failed = true;
    }
    return !reader->failed;
}

/* Anchors */

static const yaml_char_t *anchor_name(const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_SCALAR_EVENT: return event->data.scalar.anchor;
    case YAML_SEQUENCE_START_EVENT: return event->data.sequence_start.anchor;
    default: return event->data.mapping_start.anchor;
    }
}

/* The index of a new anchor. */
static size_t anchor_add(struct yaml_reader *reader, const char *name)
{
    if (reader->anchor_count == reader->anchor_cap) {
        reader->anchor_cap = reader->anchor_cap ? reader->anchor_cap * 2 : 8;
        reader->anchors = mem_resize(reader->anchors, reader->anchor_cap, sizeof *reader->anchors);
    }
    reader->anchors[reader->anchor_count] = (struct yaml_anchor){0};
    json_object_set_new_nocheck(reader->anchor_index, name,
                                json_integer((json_int_t)reader->anchor_count));
    return reader->anchor_count++;
}

static struct node *read_alias(struct yaml_reader *reader, const yaml_event_t *event, int depth,
                               int *height)
{
    const char *name = (const char *)event->data.alias.anchor;
    struct place place = yaml_tree_place(reader, event);
    const json_t *index = json_object_get(reader->anchor_index, name);
    const struct yaml_anchor *anchor = index ? &reader->anchors[json_integer_value(index)] : NULL;
    if (anchor && anchor->node) {
        *height = anchor->height;
        if (!count(reader, place, anchor->nodes, depth + anchor->height))
            return NULL;
        return (struct node *)anchor->node;
    }
    if (anchor)
        problems_error(reader->problems, place,
                       "the alias *%s stands inside of what it names; it cannot hold itself", name);
    else
        problems_error(reader->problems, place,
                       "the alias *%s names nothing; put &%s in front of a value further up, or "
                       "quotes around the text",
                       name, name);
    *height = 0;
    return count(reader, place, 1, depth) ? node_new(reader->arena, NODE_NULL, place) : NULL;
}

/* Lists and mappings */

static struct node *read_list(struct yaml_reader *reader, const yaml_event_t *start, int depth,
                              int *height)
{
    struct node *list = node_new(reader->arena, NODE_LIST, yaml_tree_place(reader, start));
    yaml_tag_check(start->data.sequence_start.tag, YAML_TAG_CORE "seq",
                   yaml_tree_place(reader, start), reader->problems);
    yaml_event_t event;
    while (yaml_tree_next(reader, &event) && event.type != YAML_SEQUENCE_END_EVENT) {
        int below = 0;
        struct node *item = yaml_tree_read(reader, &event, depth, &below);
        yaml_event_delete(&event);
        if (!item)
            return NULL;
        node_append(reader->arena, list, item);
        if (below > *height)
            *height = below;
    }
    return reader->failed ? NULL : list;
}

/* Why a key cannot be one, or NULL. */
static const char *key_refusal(const yaml_event_t *event)
{
    if (event->type != YAML_SCALAR_EVENT)
        return "a key must be plain text; a list, a mapping or an alias cannot be one";
    const char *text = (const char *)event->data.scalar.value;
    size_t len = event->data.scalar.length;
    if (len == 0)
        return YAML_EMPTY_KEY;
    if (memchr(text, '\0', len))
        return "a key cannot hold the character \\0";
    if (event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && !strcmp(text, "<<"))
        return "merge keys (<<) are not supported; write the keys out, or use an alias for the "
               "whole mapping";
    return NULL;
}

/* Whether the key can be used; a problem otherwise. */
static bool check_key(struct yaml_reader *reader, const yaml_event_t *event, const struct node *map,
                      const json_t *seen)
{
    struct place place = yaml_tree_place(reader, event);
    const char *refusal = key_refusal(event);
    if (refusal) {
        problems_error(reader->problems, place, "%s", refusal);
        return false;
    }
    const char *text = (const char *)event->data.scalar.value;
    const json_t *index = json_object_get(seen, text);
    if (!index)
        return true;
    char quoted[PROBLEMS_QUOTE];
    const struct place first = map->as.map.members[json_integer_value(index)].key_place;
    problems_error(reader->problems, place,
                   "the key %s is already there on line %d, column %d; keep one of the two",
                   problems_quote(quoted, text, strlen(text)), first.line, first.column);
    return false;
}

/* A key is kept as the text it is written with, whatever the schema makes of it.  It may carry an
 * anchor, and what cannot be a key must be read past. */
static bool read_key(struct yaml_reader *reader, const yaml_event_t *event, int depth)
{
    int height = 0;
    if (event->type != YAML_SCALAR_EVENT)
        return yaml_tree_read(reader, event, depth, &height) != NULL;
    if (event->data.scalar.anchor) {
        size_t anchor = anchor_add(reader, (const char *)event->data.scalar.anchor);
        reader->anchors[anchor] = (struct yaml_anchor){
            .node = node_new_string(reader->arena, (const char *)event->data.scalar.value,
                                    event->data.scalar.length, yaml_tree_place(reader, event)),
            .nodes = 1};
    }
    return count(reader, yaml_tree_place(reader, event), 1, depth);
}

/* One `key: value` whose key is `event`; false when reading cannot go on. */
static bool read_member(struct yaml_reader *reader, const yaml_event_t *event, struct node *map,
                        json_t *seen, int depth, int *height)
{
    bool usable = check_key(reader, event, map, seen);
    yaml_event_t value_event;
    if (!read_key(reader, event, depth) || !yaml_tree_next(reader, &value_event))
        return false;
    struct node *value = yaml_tree_read(reader, &value_event, depth, height);
    yaml_event_delete(&value_event);
    if (!value || !usable)
        return value != NULL;
    const char *key = (const char *)event->data.scalar.value;
    json_object_set_new_nocheck(seen, key, json_integer((json_int_t)map->as.map.count));
    node_set_at(reader->arena, map,
                (struct node_member){.key = key,
                                     .key_len = event->data.scalar.length,
                                     .key_place = yaml_tree_place(reader, event),
                                     .value = value});
    return true;
}

static struct node *read_map(struct yaml_reader *reader, const yaml_event_t *start, int depth,
                             int *height)
{
    struct node *map = node_new(reader->arena, NODE_MAP, yaml_tree_place(reader, start));
    yaml_tag_check(start->data.mapping_start.tag, YAML_TAG_CORE "map",
                   yaml_tree_place(reader, start), reader->problems);
    json_auto_t *seen = json_object();
    yaml_event_t event;
    while (yaml_tree_next(reader, &event) && event.type != YAML_MAPPING_END_EVENT) {
        int below = 0;
        bool read = read_member(reader, &event, map, seen, depth, &below);
        yaml_event_delete(&event);
        if (!read)
            return NULL;
        if (below > *height)
            *height = below;
    }
    return reader->failed ? NULL : map;
}

static struct node *read_content(struct yaml_reader *reader, const yaml_event_t *event, int depth,
                                 int *height)
{
    struct place place = yaml_tree_place(reader, event);
    *height = 0;
    if (event->type == YAML_SCALAR_EVENT)
        return count(reader, place, 1, depth)
                   ? yaml_tag_scalar(reader->arena, event, place, reader->problems)
                   : NULL;
    if (!count(reader, place, 1, depth + 1))
        return NULL;
    struct node *node = event->type == YAML_SEQUENCE_START_EVENT
                            ? read_list(reader, event, depth + 1, height)
                            : read_map(reader, event, depth + 1, height);
    ++*height;
    return node;
}

struct node *yaml_tree_read(struct yaml_reader *reader, const yaml_event_t *event, int depth,
                            int *height)
{
    if (event->type == YAML_ALIAS_EVENT)
        return read_alias(reader, event, depth, height);
    const yaml_char_t *name = anchor_name(event);
    if (!name)
        return read_content(reader, event, depth, height);
    size_t anchor = anchor_add(reader, (const char *)name);
    size_t before = reader->nodes;
    struct node *node = read_content(reader, event, depth, height);
    reader->anchors[anchor] =
        (struct yaml_anchor){.node = node, .nodes = reader->nodes - before, .height = *height};
    return node;
}
