/* Lists, sets, tuples and maps. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "schema/decode.h"

/* `actual` SIZE_MAX: the counting stopped. */
static void refuse_long(struct decode *decode, const struct node *node, const char *type,
                        json_t *value, size_t actual, const struct path *path)
{
    bool counted = actual != SIZE_MAX;
    char shown[32] = "more";
    if (counted)
        snprintf(shown, sizeof shown, "%zu", actual);
    json_t *in_ctx = counted ? json_integer((json_int_t)actual) : json_null();
    error_add(decode, path, "too_long", value,
              json_pack("{s:s,s:I,s:o}", "field_type", type, "max_length", (json_int_t)node->most,
                        "actual_length", in_ctx),
              "%s should have at most %zu item%s after validation, not %s", type, node->most,
              node->most == 1 ? "" : "s", shown);
}

static bool check_filled(struct decode *decode, const struct node *node, const char *type,
                         json_t *value, size_t count, const struct path *path)
{
    if (count >= node->least)
        return true;
    error_add(decode, path, "too_short", value,
              json_pack("{s:s,s:I,s:I}", "field_type", type, "min_length", (json_int_t)node->least,
                        "actual_length", (json_int_t)count),
              "%s should have at least %zu item%s after validation, not %zu", type, node->least,
              node->least == 1 ? "" : "s", count);
    return false;
}

/* Too many items are the only error: those of the items are forgotten. */
static void forget_errors(struct decode *decode, size_t since)
{
    while (json_array_size(decode->errors) > since)
        json_array_remove(decode->errors, json_array_size(decode->errors) - 1);
}

/* `made` (taken over) when it fits and is not the same as `value`, which otherwise stands. */
static json_t *made_or_same(json_t *made, json_t *value, bool fits, bool changed)
{
    if (fits && changed)
        return made;
    json_decref(made);
    return fits ? json_incref(value) : NULL;
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

static json_t *refuse_list(struct decode *decode, const struct node *node, json_t *value,
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

json_t *decode_list(struct decode *decode, const struct node *node, json_t *value,
                    const struct path *path)
{
    size_t count = json_array_size(value);
    if (!json_is_array(value))
        return refuse_list(decode, node, value, path);
    if (count > node->most) {
        refuse_long(decode, node, "List", value, count, path);
        return NULL;
    }
    bool changed = false;
    json_t *items = decode_items(decode, node, value, path, &changed);
    if (!items)
        return NULL;
    bool filled = check_filled(decode, node, "List", value, count, path);
    return made_or_same(items, value, filled, changed);
}

/* The text by which an item is found again: to Python 1, 1.0 and True are the same; free() it. */
static char *identity(const json_t *item)
{
    double real = json_is_boolean(item) ? json_is_true(item) : json_number_value(item);
    bool whole = json_is_boolean(item) || json_is_integer(item) ||
                 (json_is_real(item) && real >= -0x1p63 && real < 0x1p63 &&
                  real == (double)(json_int_t)real);
    if (whole)
        return mem_printf("%lld", json_is_integer(item) ? (long long)json_integer_value(item)
                                                        : (long long)real);
    return json_dumps(item, JSON_ENCODE_ANY | JSON_SORT_KEYS | JSON_COMPACT);
}

struct set {
    json_t *items, *known; /* known: an object, a key for each item */
    bool fits, changed;
};

static void add_item(struct set *set, json_t *out)
{
    char *key = identity(out);
    if (json_object_get(set->known, key)) {
        set->changed = true;
    } else {
        json_object_set_new(set->known, key, json_true());
        json_array_append(set->items, out);
    }
    free(key);
    json_decref(out);
}

static void decode_item(struct decode *decode, const struct node *node, struct set *set,
                        json_t *item, const struct path *path)
{
    json_t *out = decode_node(decode, node->inner, item, path);
    bool is_container = json_is_array(out) || json_is_object(out);
    if (is_container && node_target(node->inner)->kind == NODE_ANY) {
        error_add(decode, path, "set_item_not_hashable", item, NULL,
                  "Set items should be hashable");
        json_decref(out);
        out = NULL;
    }
    set->changed |= out != item;
    set->fits &= out != NULL;
    if (out)
        add_item(set, out);
}

json_t *decode_set(struct decode *decode, const struct node *node, json_t *value,
                   const struct path *path)
{
    if (!json_is_array(value)) {
        error_add(decode, path, "set_type", value, NULL, "Input should be a valid set");
        return NULL;
    }
    decode_floor(decode, MATCH_LAX); /* JSON has lists alone */
    struct set set = {json_array(), json_object(), true, false};
    size_t i, before = json_array_size(decode->errors);
    json_t *item;
    json_array_foreach(value, i, item) {
        struct path here = {path, NULL, i};
        decode_item(decode, node, &set, item, &here);
        if (json_array_size(set.items) > node->most) {
            forget_errors(decode, before);
            refuse_long(decode, node, "Set", value, SIZE_MAX, path);
            set.fits = false;
            break;
        }
        if (!set.fits && !decode->errors)
            break;
    }
    json_decref(set.known);
    if (set.fits)
        set.fits = check_filled(decode, node, "Set", value, json_array_size(set.items), path);
    return made_or_same(set.items, value, set.fits, set.changed);
}

/* The item `i` of a tuple, as far as it has one; false: it does not fit. */
static bool decode_place(struct decode *decode, const struct node *node, json_t *value, size_t i,
                         json_t *items, const struct path *path)
{
    struct path here = {path, NULL, i};
    json_t *item = json_array_get(value, i);
    const struct node *inner = i < node->count ? node->options[i].node : node->inner;
    if (!item) {
        error_add(decode, &here, "missing", value, NULL, "Field required");
        return false;
    }
    json_t *out = decode_node(decode, inner, item, &here);
    if (out)
        json_array_append_new(items, out);
    return out;
}

json_t *decode_tuple(struct decode *decode, const struct node *node, json_t *value,
                     const struct path *path)
{
    size_t count = json_array_size(value), most = node->inner ? node->most : node->count;
    if (!json_is_array(value)) {
        error_add(decode, path, "tuple_type", value, NULL, "Input should be a valid tuple");
        return NULL;
    }
    if (count > most) {
        struct node limit = {.most = most};
        refuse_long(decode, &limit, "Tuple", value, count, path);
        return NULL;
    }
    decode_floor(decode, MATCH_LAX); /* JSON has lists alone */
    json_t *items = json_array();
    bool fits = true, changed = false;
    for (size_t i = 0; i < count || (i < node->least && i < node->count); i++) {
        fits &= decode_place(decode, node, value, i, items, path);
        changed |= fits && json_array_get(items, i) != json_array_get(value, i);
        if (!fits && !decode->errors)
            break;
    }
    if (fits)
        fits = check_filled(decode, node, "Tuple", value, count, path);
    return made_or_same(items, value, fits, changed);
}

/* The key of a map as its schema has it (free() it), or NULL. */
static char *decode_key(struct decode *decode, const struct node *node, const char *key,
                        const struct path *path)
{
    struct path here = {path, "[key]", 0};
    if (!node->keys)
        return mem_strdup(key);
    json_t *text = json_string(key), *out = decode_node(decode, node->keys, text, &here);
    char *made = mem_strdup(json_string_value(out));
    json_decref(text);
    json_decref(out);
    return made;
}

/* A member; false: it does not fit. */
static bool decode_member(struct decode *decode, const struct node *node, json_t *made,
                          const char *key, json_t *member, const struct path *path, bool *changed)
{
    struct path here = {path, key, 0};
    char *own = decode_key(decode, node, key, &here);
    json_t *out = decode_node(decode, node->inner, member, &here);
    bool fits = own && out;
    *changed |= out != member || !own || strcmp(own, key) != 0;
    if (fits)
        json_object_set(made, own, out);
    json_decref(out);
    free(own);
    return fits;
}

json_t *decode_dict(struct decode *decode, const struct node *node, json_t *value,
                    const struct path *path)
{
    if (!json_is_object(value) || decode_is_object(decode, value)) {
        error_add(decode, path, "dict_type", value, NULL, "Input should be a valid dictionary");
        return NULL;
    }
    json_t *made = json_object(), *member;
    const char *key;
    bool changed = false, fits = true;
    size_t before = json_array_size(decode->errors);
    json_object_foreach(value, key, member) {
        fits &= decode_member(decode, node, made, key, member, path, &changed);
        if (json_object_size(made) > node->most) {
            forget_errors(decode, before);
            refuse_long(decode, node, "Dictionary", value, SIZE_MAX, path);
            fits = false;
            break;
        }
    }
    if (fits)
        fits = check_filled(decode, node, "Dictionary", value, json_object_size(made), path);
    return made_or_same(made, value, fits, changed);
}
