/* The driver, arrays and maps. */
#include "schema/decode.h"

#include "schema/schema.h"

struct match match_both(struct match a, struct match b)
{
    struct match both = {a.exactness < b.exactness ? a.exactness : b.exactness, a.fields};
    if (b.fields >= 0)
        both.fields = (a.fields < 0 ? 0 : a.fields) + b.fields;
    return both;
}

static bool check_array_length(struct decode *decode, const struct node *node, json_t *value,
                               const struct path *path)
{
    size_t count = json_array_size(value);
    if (count <= node->most)
        return true;
    error_add(decode, path, "too_long", value,
              json_pack("{s:s,s:I,s:I}", "field_type", "List", "max_length", (json_int_t)node->most,
                        "actual_length", (json_int_t)count),
              "List should have at most %zu item%s after validation, not %zu", node->most,
              node->most == 1 ? "" : "s", count);
    return false;
}

static bool check_array_filled(struct decode *decode, const struct node *node, json_t *value,
                               const struct path *path)
{
    size_t count = json_array_size(value);
    if (count >= node->least)
        return true;
    error_add(decode, path, "too_short", value,
              json_pack("{s:s,s:I,s:I}", "field_type", "List", "min_length",
                        (json_int_t)node->least, "actual_length", (json_int_t)count),
              "List should have at least %zu item%s after validation, not %zu", node->least,
              node->least == 1 ? "" : "s", count);
    return false;
}

/* The items one by one; *changed: whether one is not what it was.  NULL: some do not fit. */
static json_t *decode_items(struct decode *decode, const struct node *node, json_t *value,
                            const struct path *path, bool *changed)
{
    json_t *items = json_array(), *item;
    bool fits = true;
    size_t i;
    json_array_foreach(value, i, item) {
        struct path here = {path, NULL, i};
        json_t *out = decode_node(decode, node->inner, item, &here);
        *changed |= out != item;
        fits &= out != NULL;
        if (!fits && !decode->errors)
            break;
        if (out)
            json_array_append_new(items, out);
    }
    if (fits)
        return items;
    json_decref(items);
    return NULL;
}

static json_t *refuse_array(struct decode *decode, const struct node *node, json_t *value,
                            const struct path *path)
{
    if (!node->is_sequence)
        error_add(decode, path, "list_type", value, NULL, "Input should be a valid list");
    else if (json_is_string(value))
        error_add(decode, path, "sequence_str", value, json_pack("{s:s}", "type_name", "str"),
                  "'str' instances are not allowed as a Sequence value");
    else
        error_add(decode, path, "is_instance_of", value, json_pack("{s:s}", "class", "Sequence"),
                  "Input should be an instance of Sequence");
    return NULL;
}

static json_t *decode_array(struct decode *decode, const struct node *node, json_t *value,
                            const struct path *path)
{
    if (!json_is_array(value))
        return refuse_array(decode, node, value, path);
    if (!check_array_length(decode, node, value, path))
        return NULL;
    bool changed = false;
    json_t *items = decode_items(decode, node, value, path, &changed);
    if (!items)
        return NULL;
    bool filled = check_array_filled(decode, node, value, path);
    if (filled && changed)
        return items;
    json_decref(items);
    return filled ? json_incref(value) : NULL;
}

static json_t *decode_dict(struct decode *decode, const struct node *node, json_t *value,
                           const struct path *path)
{
    if (!json_is_object(value)) {
        error_add(decode, path, "dict_type", value, NULL, "Input should be a valid dictionary");
        return NULL;
    }
    json_t *made = json_object(), *member;
    const char *key;
    bool changed = false, fits = true;
    json_object_foreach(value, key, member) {
        struct path here = {path, key, 0};
        json_t *out = decode_node(decode, node->inner, member, &here);
        changed |= out != member;
        fits &= out != NULL;
        if (out)
            json_object_set_new(made, key, out);
    }
    if (fits && changed)
        return made;
    json_decref(made);
    return fits ? json_incref(value) : NULL;
}

static json_t *decode_any(struct decode *decode, json_t *value)
{
    decode_floor(decode, MATCH_STRICT);
    return json_incref(value);
}

static bool is_container(const json_t *value)
{
    return json_is_array(value) || json_is_object(value);
}

/* decode_node() of a node that is no reference, without a look at what is remembered. */
static json_t *decode_fresh(struct decode *decode, const struct node *node, json_t *value,
                            const struct path *path)
{
    switch (node->kind) {
    case NODE_ANY: return decode_any(decode, value);
    case NODE_ARRAY: return decode_array(decode, node, value, path);
    case NODE_DICT: return decode_dict(decode, node, value, path);
    case NODE_OBJECT: return decode_object(decode, node, value, path);
    case NODE_NULLABLE:
        return json_is_null(value) ? json_incref(value)
                                   : decode_node(decode, node->inner, value, path);
    case NODE_UNION: return decode_union(decode, node, value, path);
    case NODE_TAGGED: return decode_tagged(decode, node, value, path);
    default: return decode_scalar(decode, node, value, path);
    }
}

static json_t *decode_remembering(struct decode *decode, const struct node *node, json_t *value,
                                  const struct path *path)
{
    const struct memo_entry *known = memo_find(decode, node, value);
    struct match before = decode->match;
    json_t *out;
    if (known && (known->out || !decode->errors)) {
        out = json_incref(known->out);
        decode->match = known->match;
    } else {
        decode->match = (struct match){MATCH_EXACT, -1};
        out = decode_fresh(decode, node, value, path);
        memo_add(decode, node, value, out, decode->match);
    }
    decode->match = match_both(before, decode->match);
    return out;
}

json_t *decode_node(struct decode *decode, const struct node *node, json_t *value,
                    const struct path *path)
{
    node = node_target(node);
    if (!is_container(value) || node->kind == NODE_ANY)
        return decode_fresh(decode, node, value, path);
    if (decode->depth >= DECODE_MAX_DEPTH) {
        error_add(decode, path, "recursion_loop", value, NULL,
                  "Recursion error - cyclic reference detected");
        return NULL;
    }
    decode->depth++;
    json_t *out = decode->unions > 0 ? decode_remembering(decode, node, value, path)
                                     : decode_fresh(decode, node, value, path);
    decode->depth--;
    return out;
}

enum ls_err schema_decode(const struct schema *schema, json_t *value, json_t **out, json_t **errors)
{
    struct decode decode = {.errors = json_array(), .match = {MATCH_EXACT, -1}};
    *out = decode_node(&decode, schema->root, value, NULL);
    memo_free(&decode);
    *errors = NULL;
    if (*out) {
        json_decref(decode.errors);
        return LS_OK;
    }
    *errors = decode.errors;
    return LS_BAD_INPUT;
}
