/* Unions, and those whose members are told apart by a tag. */
#include <string.h>

#include "base/json.h"
#include "schema/compile.h"
#include "schema/repr.h"

static bool is_null_schema(json_t *json)
{
    const char *type = json_get_string(json, "type");
    return type && strcmp(type, "null") == 0;
}

static void become_union(struct compiler *compiler, struct node *node, size_t most)
{
    node->kind = NODE_UNION;
    node->options = arena_zalloc(compiler->arena, (most + 1) * sizeof *node->options);
    node->next = compiler->last;
    compiler->last = node;
}

/* Compiles the members but null into `node`. */
static bool compile_members(struct compiler *compiler, struct node *node, json_t *members,
                            const struct place *place)
{
    struct place here = {place, "anyOf", place->depth};
    size_t i;
    json_t *member;
    bool fine = true;
    become_union(compiler, node, json_array_size(members));
    json_array_foreach(members, i, member) {
        if (is_null_schema(member))
            continue;
        char key[32];
        snprintf(key, sizeof key, "%zu", i);
        const struct node *made = compile_part(compiler, member, &here, key);
        if (made)
            node->options[node->count++].node = made;
        else
            fine = false;
    }
    return fine;
}

static bool has_null(json_t *members)
{
    size_t i;
    json_t *member;
    json_array_foreach(members, i, member)
        if (is_null_schema(member))
            return true;
    return false;
}

bool compile_union(struct compiler *compiler, struct node *node, json_t *members,
                   const struct place *place)
{
    if (json_array_size(members) == 0)
        return compile_refuse(compiler, place, NULL, "a union is a list of schemas");
    struct node *inner = node;
    if (has_null(members)) {
        inner = arena_zalloc(compiler->arena, sizeof *inner);
        node->kind = NODE_NULLABLE;
        node->inner = inner;
    }
    if (!compile_members(compiler, inner, members, place))
        return false;
    if (inner->count == 0) {
        node->kind = NODE_NULL;
    } else if (inner->count == 1) {
        inner->kind = NODE_REF;
        inner->inner = (struct node *)inner->options[0].node;
    }
    return true;
}

/* The schema of the property `key` of `member` or of what it refers to. */
static json_t *tag_schema(struct compiler *compiler, json_t *member, const char *key)
{
    const char *ref = json_get_string(member, "$ref");
    struct node *node;
    if (ref && !compile_find(compiler, ref, &member, &node))
        return NULL;
    return json_object_get(json_object_get(member, "properties"), key);
}

/* The tags of a member (new reference); empty: it has none. */
static json_t *tags_of(struct compiler *compiler, json_t *member, const char *key)
{
    json_t *schema = tag_schema(compiler, member, key);
    json_t *constant = json_object_get(schema, "const"), *values = json_object_get(schema, "enum");
    return constant ? json_pack("[O]", constant) : values ? json_incref(values) : json_array();
}

/* Whether `members` are references to LangChain's classes only, as the messages are. */
static bool are_known(struct compiler *compiler, json_t *members)
{
    size_t i;
    json_t *member, *json;
    json_array_foreach(members, i, member) {
        struct node *node;
        const char *ref = json_get_string(member, "$ref");
        if (!ref || !compile_find(compiler, ref, &json, &node))
            return false;
        const char *type = json_get_string(tag_schema(compiler, member, "type"), "const");
        if (message_kind_of(json_get_string(json, "title"), type) == MESSAGE_NONE)
            return false;
    }
    return json_array_size(members) > 0;
}

/* Adds `member` under each of its tags; the tags as messages show them go to `shown`. */
static bool add_tagged(struct compiler *compiler, struct node *node, json_t *member, size_t i,
                       struct buf *shown, const struct place *place)
{
    char key[32];
    struct place here = {place, "oneOf", place->depth};
    snprintf(key, sizeof key, "%zu", i);
    const struct node *made = compile_part(compiler, member, &here, key);
    json_t *tags = arena_give_json(compiler->arena, tags_of(compiler, member, node->tag_key));
    json_t *tag;
    size_t k, count = json_array_size(tags), bytes = (node->count + count) * sizeof *node->options;
    struct option *grown = arena_zalloc(compiler->arena, bytes + 1);
    if (node->count)
        memcpy(grown, node->options, node->count * sizeof *grown);
    node->options = grown;
    json_array_foreach(tags, k, tag) {
        if (!json_is_string(tag))
            return compile_refuse(compiler, &here, key, "a tag is no string");
        node->options[node->count++] = (struct option){json_string_value(tag), made};
        if (shown->len)
            buf_add_str(shown, ", ");
        repr_print(shown, tag);
    }
    if (made && count == 0)
        return compile_refuse(compiler, &here, key, "this has no constant '%s'", node->tag_key);
    return made;
}

static bool compile_tagged(struct compiler *compiler, struct node *node, json_t *members,
                           const struct place *place)
{
    struct buf shown;
    buf_init(&shown, 1 << 20);
    bool fine = true;
    size_t i;
    json_t *member;
    node->kind = NODE_TAGGED;
    json_array_foreach(members, i, member)
        fine &= add_tagged(compiler, node, member, i, &shown, place);
    node->expected = arena_strdup(compiler->arena, buf_str(&shown));
    buf_fini(&shown);
    return fine;
}

bool compile_one_of(struct compiler *compiler, struct node *node, json_t *members,
                    const struct place *place)
{
    json_t *discriminator = json_object_get(node->json, "discriminator");
    node->tag_key = json_get_string(discriminator, "propertyName");
    if (node->tag_key) {
        node->tag_name = arena_printf(compiler->arena, "'%s'", node->tag_key);
    } else if (are_known(compiler, members)) {
        node->tag_key = "type";
        node->tag_name = "_get_type()";
    } else {
        return compile_union(compiler, node, members, place);
    }
    return compile_tagged(compiler, node, members, place);
}
