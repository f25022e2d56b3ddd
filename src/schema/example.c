#include "schema/example.h"

#include <string.h>

#include "base/buf.h"
#include "base/json.h"

enum { MAX_DEPTH = 8, MAX_LENGTH = 1000 };

/* What is made: the whole schema, for its definitions, and how deep this part is in it. */
struct making {
    const json_t *root;
    int depth;
};

static json_t *make(struct making making, const json_t *schema, const char *name);

static const json_t *find_definition(const json_t *root, const char *ref)
{
    const char *name = strrchr(ref, '/');
    const json_t *defs = json_object_get(root, "$defs");
    if (!defs)
        defs = json_object_get(root, "definitions");
    return name ? json_object_get(defs, name + 1) : root;
}

/* The value that a schema itself holds, or NULL (borrowed). */
static json_t *given(const json_t *schema)
{
    static const char *const lists[] = {"examples", "enum"};
    json_t *value = json_object_get(schema, "const");
    for (size_t i = 0; !value && i < 2; i++)
        value = json_array_get(json_object_get(schema, lists[i]), 0);
    return value ? value : json_object_get(schema, "default");
}

static size_t length_of(const json_t *schema, const char *key, size_t fallback)
{
    json_int_t length = json_integer_value(json_object_get(schema, key));
    return json_object_get(schema, key) && length >= 0 && length <= MAX_LENGTH ? (size_t)length
                                                                               : fallback;
}

static json_t *make_text(const json_t *schema, const char *name)
{
    struct buf text;
    buf_init(&text, MAX_LENGTH);
    buf_add_str(&text, name);
    while (text.len < length_of(schema, "minLength", 0))
        buf_add_char(&text, '.');
    size_t most = length_of(schema, "maxLength", MAX_LENGTH);
    json_t *made = json_stringn(buf_str(&text), text.len < most ? text.len : most);
    buf_fini(&text);
    return made;
}

static json_t *make_object(struct making making, const json_t *schema)
{
    json_t *object = json_object();
    size_t i;
    json_t *key;
    json_array_foreach(json_object_get(schema, "required"), i, key) {
        const char *name = json_string_value(key);
        const json_t *member = json_object_get(json_object_get(schema, "properties"), name);
        json_object_set_new(object, name, make(making, member, name));
    }
    return object;
}

static json_t *make_list(struct making making, const json_t *schema, const char *name)
{
    json_t *list = json_array();
    size_t least = length_of(schema, "minItems", 0);
    for (size_t i = 0; i < least && i < MAX_DEPTH; i++)
        json_array_append_new(list, make(making, json_object_get(schema, "items"), name));
    return list;
}

static json_t *make_number(const json_t *schema)
{
    json_t *least = json_object_get(schema, "minimum");
    return least ? json_incref(least) : json_integer(1);
}

static json_t *make_typed(struct making making, const json_t *schema, const char *type,
                          const char *name)
{
    if (strcmp(type, "string") == 0)
        return make_text(schema, name);
    if (strcmp(type, "integer") == 0 || strcmp(type, "number") == 0)
        return make_number(schema);
    if (strcmp(type, "boolean") == 0)
        return json_true();
    if (strcmp(type, "array") == 0)
        return make_list(making, schema, name);
    return strcmp(type, "object") == 0 ? make_object(making, schema) : json_null();
}

/* The first of the members that stands for others: anyOf, oneOf, allOf. */
static const json_t *first_of(const json_t *schema)
{
    static const char *const keys[] = {"anyOf", "oneOf", "allOf"};
    const json_t *first = NULL;
    for (size_t i = 0; !first && i < 3; i++)
        first = json_array_get(json_object_get(schema, keys[i]), 0);
    return first;
}

static const char *type_of(const json_t *schema)
{
    const json_t *type = json_object_get(schema, "type");
    if (json_is_array(type))
        type = json_array_get(type, 0);
    if (json_is_string(type))
        return json_string_value(type);
    if (json_object_get(schema, "items"))
        return "array";
    bool object = json_object_get(schema, "properties") || json_object_get(schema, "required");
    return object ? "object" : "string";
}

static json_t *make(struct making making, const json_t *schema, const char *name)
{
    json_t *value = given(schema);
    const char *ref = json_get_string(schema, "$ref");
    const json_t *other = ref ? find_definition(making.root, ref) : first_of(schema);
    if (value)
        return json_incref(value);
    if (making.depth++ > MAX_DEPTH)
        return json_null();
    return other ? make(making, other, name) : make_typed(making, schema, type_of(schema), name);
}

json_t *schema_example(const json_t *schema)
{
    return make((struct making){schema, 0}, schema, "text");
}
