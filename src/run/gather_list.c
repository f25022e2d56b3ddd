/* Lists: a chain's lists concatenate; lists of a message's fragments merge by their elements'
 * index, as LangChain's do: an element joins the first one with its index whose id does not
 * speak against it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "run/gather_node.h"

enum { INDEX_ROOM = 32 };

/* The index of an element as a key, or NULL when it has none that counts. */
static const char *index_key(const json_t *element, char room[INDEX_ROOM])
{
    const json_t *index = json_object_get(element, "index");
    if (json_is_integer(index)) {
        snprintf(room, INDEX_ROOM, "%" JSON_INTEGER_FORMAT, json_integer_value(index));
        return room;
    }
    const char *text = json_string_value(index);
    return text && strncmp(text, "lc_", 3) == 0 ? text : NULL;
}

static bool merges(const struct gather_node *node)
{
    return node->rule != RULE_ADD;
}

static void append(struct gather_node *node, json_t *element)
{
    char room[INDEX_ROOM];
    const char *key = merges(node) ? index_key(element, room) : NULL;
    if (key && !json_object_get(node->places, key))
        json_object_set_new_nocheck(node->places, key,
                                    json_integer((json_int_t)json_array_size(node->value)));
    json_array_append(node->value, element);
}

static void append_all(struct gather_node *node, json_t *list)
{
    size_t i;
    json_t *element;
    json_array_foreach(list, i, element)
        append(node, element);
}

static void to_list(struct gather_node *node)
{
    if (node->kind == NODE_LIST)
        return;
    json_auto_t *held = node->value;
    node->kind = NODE_LIST;
    node->value = json_array();
    node->places = json_object();
    append_all(node, held);
}

void grown_list_from_text(struct gather_node *node, json_t *list)
{
    json_t *text = grown_build(node);
    buf_fini(&node->text);
    json_decref(node->value);
    node->kind = NODE_HELD;
    node->value = json_array();
    json_array_append_new(node->value, text);
    json_array_extend(node->value, list);
}

static struct gather_node *grown_at(const struct gather_node *node, size_t place)
{
    return place < node->grown_count ? node->grown[place] : NULL;
}

/* The node of the element at `place`, made where it has not grown yet. */
static struct gather_node *grow(struct gather_node *node, size_t place)
{
    if (place >= node->grown_count) {
        size_t count = place + 1 > node->grown_count * 2 ? place + 1 : node->grown_count * 2;
        node->grown = mem_resize(node->grown, count, sizeof *node->grown);
        memset(node->grown + node->grown_count, 0,
               (count - node->grown_count) * sizeof *node->grown);
        node->grown_count = count;
    }
    if (!node->grown[place])
        node->grown[place] = grown_new(json_array_get(node->value, place), RULE_MERGE);
    return node->grown[place];
}

static const char *text_at(const struct gather_node *node, size_t place, const char *key)
{
    const struct gather_node *grown = grown_at(node, place);
    if (!grown || grown->kind == NODE_HELD)
        return json_get_string(json_array_get(node->value, place), key);
    const struct gather_node *member = grown_find(grown, key);
    return member ? grown_text(member) : NULL;
}

static bool has_index(const struct gather_node *node, size_t place, const char *key)
{
    char room[INDEX_ROOM];
    const char *own = index_key(json_array_get(node->value, place), room);
    return own && strcmp(own, key) == 0;
}

static bool ids_agree(const char *left, const char *right)
{
    return !left || !*left || !right || !*right || strcmp(left, right) == 0;
}

/* The place of the element that `element` belongs to; false when it is a new one. */
static bool find_place(size_t *out, const struct gather_node *node, const json_t *element)
{
    char room[INDEX_ROOM];
    const char *key = index_key(element, room);
    const json_t *first = key ? json_object_get(node->places, key) : NULL;
    if (!first)
        return false;
    const char *id = json_get_string(element, "id");
    size_t count = json_array_size(node->value);
    for (size_t place = (size_t)json_integer_value(first); place < count; place++) {
        if (!has_index(node, place, key) || !ids_agree(text_at(node, place, "id"), id))
            continue;
        *out = place;
        return true;
    }
    return false;
}

/* What of `element` joins one of type `type` (may be NULL): all but its type; a block that no
 * provider shares goes with its value alone. */
static json_t *fragment(const json_t *element, const char *type)
{
    const char *own = json_get_string(element, "type");
    json_t *value = json_object_get(element, "value");
    if (!type || !*type || !own || strcmp(own, "non_standard") != 0 || !json_is_object(value)) {
        json_t *rest = json_copy((json_t *)element);
        json_object_del(rest, "type");
        return rest;
    }
    json_t *inner = json_copy(value);
    json_object_del(inner, "type");
    if (strcmp(type, "non_standard") != 0)
        return json_pack("{s:o}", "extras", inner);
    return json_pack("{s:o, s:O}", "value", inner, "index", json_object_get(element, "index"));
}

static void join_element(struct gather_node *node, json_t *element)
{
    size_t place;
    if (!find_place(&place, node, element)) {
        append(node, element);
        return;
    }
    json_auto_t *part = fragment(element, text_at(node, place, "type"));
    grown_join(grow(node, place), part);
}

void grown_list_join(struct gather_node *node, json_t *list)
{
    if (json_array_size(list) == 0)
        return;
    to_list(node);
    if (!merges(node)) {
        append_all(node, list);
        return;
    }
    size_t i;
    json_t *element;
    json_array_foreach(list, i, element)
        join_element(node, element);
}

void grown_list_join_text(struct gather_node *node, json_t *text)
{
    if (json_string_length(text) == 0)
        return;
    to_list(node);
    size_t count = json_array_size(node->value);
    if (count > 0 && json_is_string(json_array_get(node->value, count - 1)))
        grown_join(grow(node, count - 1), text);
    else
        append(node, text);
}

json_t *grown_list_build(const struct gather_node *node)
{
    json_t *list = json_copy(node->value);
    for (size_t i = 0; i < node->grown_count; i++)
        if (node->grown[i])
            json_array_set_new(list, i, grown_build(node->grown[i]));
    return list;
}

void grown_list_fini(struct gather_node *node)
{
    for (size_t i = 0; i < node->grown_count; i++)
        grown_free(node->grown[i]);
    free(node->grown);
}
