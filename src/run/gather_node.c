#include "run/gather_node.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "run/message.h"

struct gather_node *grown_new(json_t *value, enum rule rule)
{
    struct gather_node *node = mem_zalloc(1, sizeof *node);
    node->kind = NODE_HELD;
    node->rule = rule;
    node->value = json_incref(value);
    return node;
}

/* Drops what the node holds; it is a held nothing then. */
static void node_clear(struct gather_node *node)
{
    for (size_t i = 0; i < node->member_count; i++) {
        free(node->members[i].key);
        grown_free(node->members[i].node);
    }
    free(node->members);
    if (node->kind == NODE_LIST)
        grown_list_fini(node);
    buf_fini(&node->text);
    json_decref(node->value);
    json_decref(node->places);
    enum rule rule = node->rule;
    *node = (struct gather_node){.kind = NODE_HELD, .rule = rule};
}

void grown_free(struct gather_node *node)
{
    if (!node)
        return;
    node_clear(node);
    free(node);
}

static void hold(struct gather_node *node, json_t *value)
{
    json_incref(value);
    node_clear(node);
    if (node->rule == RULE_MESSAGE) /* it was a message; what comes need not be one */
        node->rule = RULE_ADD;
    node->value = value;
}

json_type grown_type(const struct gather_node *node)
{
    switch (node->kind) {
    case NODE_TEXT: return JSON_STRING;
    case NODE_LIST: return JSON_ARRAY;
    case NODE_OBJECT: return JSON_OBJECT;
    default: return json_typeof(node->value);
    }
}

const char *grown_text(const struct gather_node *node)
{
    return node->kind == NODE_TEXT ? buf_str(&node->text) : json_string_value(node->value);
}

static void add_text(struct buf *text, const json_t *value)
{
    buf_add(text, json_string_value(value), json_string_length(value));
}

static void join_text(struct gather_node *node, const json_t *value)
{
    if (json_string_length(value) == 0)
        return;
    if (node->kind == NODE_HELD) {
        buf_init(&node->text, SIZE_MAX / 4);
        add_text(&node->text, node->value);
        json_decref(node->value);
        node->value = NULL;
        node->kind = NODE_TEXT;
    }
    add_text(&node->text, value);
}

/* Numbers that add become a new number; whole ones that grow too large become real. */
static json_t *sum(const json_t *left, const json_t *right)
{
    json_int_t whole;
    if (json_is_integer(left) && json_is_integer(right) &&
        !__builtin_add_overflow(json_integer_value(left), json_integer_value(right), &whole))
        return json_integer(whole);
    return json_real(json_number_value(left) + json_number_value(right));
}

static void join_number(struct gather_node *node, json_t *value)
{
    if (node->rule != RULE_ADD && json_equal(node->value, value))
        return;
    json_auto_t *total = sum(node->value, value);
    hold(node, total ? total : value);
}

static void add_member(struct gather_node *node, const char *key, json_t *value)
{
    if (node->member_count == node->member_room) {
        node->member_room = node->member_room ? node->member_room * 2 : 8;
        node->members = mem_resize(node->members, node->member_room, sizeof *node->members);
    }
    json_object_set_new_nocheck(node->places, key, json_integer((json_int_t)node->member_count));
    node->members[node->member_count++] = (struct member){
        .key = mem_strdup(key),
        .node = grown_new(value, rule_of_member(node->rule, key)),
    };
}

struct gather_node *grown_find(const struct gather_node *node, const char *key)
{
    const json_t *place = json_object_get(node->places, key);
    return place ? node->members[json_integer_value(place)].node : NULL;
}

void grown_to_object(struct gather_node *node)
{
    if (node->kind == NODE_OBJECT)
        return;
    json_auto_t *held = node->value;
    node->value = NULL;
    node->kind = NODE_OBJECT;
    node->places = json_object();
    if (node->rule == RULE_ADD && message_is_chunk(held))
        node->rule = RULE_MESSAGE;
    const char *key;
    json_t *member;
    json_object_foreach(held, key, member)
        add_member(node, key, member);
}

static void join_object(struct gather_node *node, json_t *value)
{
    if (json_object_size(value) == 0)
        return;
    grown_to_object(node);
    if ((node->rule == RULE_MESSAGE) != (node->rule != RULE_MERGE && message_is_chunk(value))) {
        hold(node, value);
        return;
    }
    const char *key;
    json_t *member;
    json_object_foreach(value, key, member) {
        struct gather_node *known = grown_find(node, key);
        if (known)
            grown_join(known, member);
        else
            add_member(node, key, member);
    }
}

static void join_content(struct gather_node *node, json_t *value)
{
    if (json_is_array(value) && grown_type(node) == JSON_STRING)
        grown_list_from_text(node, value);
    else if (json_is_array(value))
        grown_list_join(node, value);
    else
        grown_list_join_text(node, value);
}

/* Whether the rule alone decides between what is there and what comes. */
static bool chosen(struct gather_node *node, json_t *value)
{
    const char *text = grown_text(node), *coming = json_string_value(value);
    switch (node->rule) {
    case RULE_FIRST: return true;
    case RULE_NEWEST: hold(node, value); return true;
    case RULE_ID:
        if (id_rank(coming) > id_rank(text))
            hold(node, value);
        return true;
    case RULE_INDEX:
        if (json_is_integer(value))
            hold(node, value);
        return json_is_integer(value) || (text && strncmp(text, "lc_", 3) == 0);
    case RULE_SAME: return text && coming && strcmp(text, coming) == 0;
    default: return false;
    }
}

static bool is_number(json_type type)
{
    return type == JSON_INTEGER || type == JSON_REAL;
}

void grown_join(struct gather_node *node, json_t *value)
{
    json_type type = grown_type(node), coming = json_typeof(value);
    if (coming == JSON_NULL || (type != JSON_NULL && chosen(node, value)))
        return;
    if (type == JSON_STRING && coming == JSON_STRING)
        join_text(node, value);
    else if (node->rule == RULE_CONTENT && type != JSON_NULL &&
             (coming == JSON_STRING || coming == JSON_ARRAY))
        join_content(node, value);
    else if (is_number(type) && is_number(coming))
        join_number(node, value);
    else if (type == JSON_ARRAY && coming == JSON_ARRAY)
        grown_list_join(node, value);
    else if (type == JSON_OBJECT && coming == JSON_OBJECT)
        join_object(node, value);
    else
        hold(node, value);
}

void grown_replace(struct gather_node *node, json_t *value, int depth)
{
    if (depth == 0 || !json_is_object(value) || grown_type(node) != JSON_OBJECT) {
        hold(node, value);
        return;
    }
    grown_to_object(node);
    const char *key;
    json_t *member;
    json_object_foreach(value, key, member) {
        struct gather_node *known = grown_find(node, key);
        if (known)
            grown_replace(known, member, depth - 1);
        else
            add_member(node, key, member);
    }
}

static json_t *build_object(const struct gather_node *node)
{
    json_t *object = json_object();
    for (size_t i = 0; i < node->member_count; i++)
        json_object_set_new_nocheck(object, node->members[i].key,
                                    grown_build(node->members[i].node));
    if (node->rule == RULE_MESSAGE)
        message_read_tool_calls(object);
    return object;
}

json_t *grown_build(const struct gather_node *node)
{
    switch (node->kind) {
    case NODE_TEXT: return json_stringn_nocheck(buf_str(&node->text), node->text.len);
    case NODE_LIST: return grown_list_build(node);
    case NODE_OBJECT: return build_object(node);
    default: return json_incref(node->value);
    }
}
