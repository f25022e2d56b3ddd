/* Objects with declared members. */
#include <string.h>

#include "base/json.h"
#include "schema/decode.h"

/* What is being put together of an object. */
struct making {
    struct decode *decode;
    const struct node *node;
    json_t *given, *made;
    const struct path *path;
    int fields;
    bool fits;
};

static void take(struct making *making, const char *key, json_t *out)
{
    if (out)
        json_object_set_new(making->made, key, out);
    else
        making->fits = false;
}

static void make_member(struct making *making, const struct member *member)
{
    struct path here = {making->path, member->key, 0};
    json_t *value = json_object_get(making->given, member->key);
    if (value) {
        making->fields++;
        value = message_member(making->node->known, member->key, value);
        take(making, member->key, decode_node(making->decode, member->node, value, &here));
        json_decref(value);
    } else if (member->required) {
        error_add(making->decode, &here, "missing", making->given, NULL, "Field required");
        making->fits = false;
    } else if (member->fallback) {
        take(making, member->key, json_deep_copy(member->fallback));
    }
}

static void make_extra(struct making *making, const char *key, json_t *value)
{
    struct path here = {making->path, key, 0};
    if (making->node->extras == EXTRAS_KEEP) {
        take(making, key, json_incref(value));
    } else if (making->node->extras == EXTRAS_DECODE) {
        take(making, key, decode_node(making->decode, making->node->inner, value, &here));
    } else if (making->node->extras == EXTRAS_FORBID) {
        error_add(making->decode, &here, "extra_forbidden", value, NULL,
                  "Extra inputs are not permitted");
        making->fits = false;
    }
}

/* Whether two objects have the very same members in the same order. */
static bool is_same(json_t *a, json_t *b)
{
    if (json_object_size(a) != json_object_size(b))
        return false;
    void *x = json_object_iter(a), *y = json_object_iter(b);
    for (; x && y; x = json_object_iter_next(a, x), y = json_object_iter_next(b, y))
        if (json_object_iter_value(x) != json_object_iter_value(y) ||
            strcmp(json_object_iter_key(x), json_object_iter_key(y)) != 0)
            return false;
    return true;
}

static void refuse(struct decode *decode, const struct node *node, json_t *value,
                   const struct path *path)
{
    if (node->is_class)
        error_add(decode, path, "model_type", value, json_pack("{s:s}", "class_name", node->title),
                  "Input should be a valid dictionary or instance of %s", node->title);
    else
        error_add(decode, path, "dict_type", value, NULL, "Input should be a valid dictionary");
}

static void make(struct making *making)
{
    const char *key;
    json_t *value;
    for (size_t i = 0; i < making->node->count; i++)
        make_member(making, &making->node->members[i]);
    if (making->node->extras == EXTRAS_DROP)
        return;
    json_object_foreach(making->given, key, value)
        if (!json_object_get(making->node->declared, key))
            make_extra(making, key, value);
}

/* Whether an object of LangChain's is one of the class of `node`. */
static bool is_of_class(const struct node *node, const json_t *value)
{
    const char *type = json_get_string(value, "type");
    return node->is_class && type && message_is_a(type, node->title);
}

json_t *decode_object(struct decode *decode, const struct node *node, json_t *value,
                      const struct path *path)
{
    if (decode_is_object(decode, value) && is_of_class(node, value))
        return json_incref(value);
    if (!json_is_object(value) || decode_is_object(decode, value)) {
        refuse(decode, node, value, path);
        return NULL;
    }
    if (node->is_class)
        decode_floor(decode, MATCH_STRICT);
    struct making making = {decode, node, message_prepare(node->known, value), json_object(), path,
                            0,      true};
    make(&making);
    json_decref(making.given);
    decode->match = match_both(decode->match, (struct match){MATCH_EXACT, making.fields});
    if (!making.fits) {
        json_decref(making.made);
        return NULL;
    }
    json_t *made = message_complete(node->known, making.made);
    if (!is_same(made, value))
        return made;
    json_decref(made);
    return json_incref(value);
}
