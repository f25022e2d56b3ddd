/* The driver. */
#include "schema/decode.h"

#include "schema/schema.h"

struct match match_both(struct match a, struct match b)
{
    struct match both = {a.exactness < b.exactness ? a.exactness : b.exactness, a.fields};
    if (b.fields >= 0)
        both.fields = (a.fields < 0 ? 0 : a.fields) + b.fields;
    return both;
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
    case NODE_ARRAY: return decode_list(decode, node, value, path);
    case NODE_SET: return decode_set(decode, node, value, path);
    case NODE_TUPLE: return decode_tuple(decode, node, value, path);
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
