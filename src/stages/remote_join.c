#include "stages/remote_join.h"

#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "run/message.h"

static bool grows(const json_t *from, const json_t *to);

static bool object_grows(const json_t *from, const json_t *to)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)from, key, value) {
        const json_t *later = json_object_get(to, key);
        if (!later || !grows(value, later))
            return false;
    }
    return true;
}

static bool array_grows(const json_t *from, const json_t *to)
{
    bool well = json_array_size(from) <= json_array_size(to);
    for (size_t i = 0; well && i < json_array_size(from); i++)
        well = grows(json_array_get(from, i), json_array_get(to, i));
    return well;
}

static bool text_grows(const json_t *from, const json_t *to)
{
    size_t len = json_string_length(from);
    return len <= json_string_length(to) &&
           memcmp(json_string_value(from), json_string_value(to), len) == 0;
}

/* 1, 12, 12.5 */
static bool digits_grow(const json_t *from, const json_t *to)
{
    json_auto_t *before = json_text(from, JSON_WIRE), *after = json_text(to, JSON_WIRE);
    return text_grows(before, after);
}

/* Whether reading on can have made `to` of `from`. */
static bool grows(const json_t *from, const json_t *to)
{
    if (json_is_number(from) && json_is_number(to))
        return digits_grow(from, to);
    if (json_typeof(from) != json_typeof(to))
        return false;
    switch (json_typeof(from)) {
    case JSON_OBJECT: return object_grows(from, to);
    case JSON_ARRAY: return array_grows(from, to);
    case JSON_STRING: return text_grows(from, to);
    default: return true;
    }
}

/* Parsers give no snapshot twice. */
static bool continues(const json_t *before, const json_t *value)
{
    return json_is_object(before) && json_is_object(value) && grows(before, value) &&
           !json_equal(before, value);
}

/* Whether what stands under the chunk's only key is a snapshot. */
static bool replaces_under_key(const struct remote_join *join, json_t *value)
{
    void *only = json_object_iter(value);
    const char *key = json_object_iter_key(only);
    return json_object_size(value) == 1 && !json_object_get(join->added, key) &&
           continues(json_object_get(join->last, key), json_object_iter_value(only));
}

static int replaces(const struct remote_join *join, json_t *value)
{
    if (!join->last)
        return CHUNK_ADDS;
    if (!join->adds && continues(join->last, value))
        return CHUNK_REPLACES;
    return replaces_under_key(join, value) ? chunk_wrapped(CHUNK_REPLACES) : CHUNK_ADDS;
}

/* Keeps what came, and under which keys it is known to add. */
static void note(struct remote_join *join, json_t *value, int how)
{
    const char *key;
    json_t *member;
    join->adds |= join->last && how != CHUNK_REPLACES;
    if (!join->last)
        join->last = json_object();
    if (!join->added)
        join->added = json_object();
    json_object_foreach(value, key, member) {
        if (how == CHUNK_ADDS && json_object_get(join->last, key))
            json_object_set_new(join->added, key, json_true());
        json_object_set(join->last, key, member);
    }
}

struct chunk remote_join_chunk(struct remote_join *join, json_t *value)
{
    struct chunk chunk = chunk_adds(value);
    if (json_is_object(value) && !message_is_chunk(value)) {
        chunk.replaces = replaces(join, value);
        note(join, value, chunk.replaces);
    }
    return chunk;
}

void remote_join_fini(struct remote_join *join)
{
    json_decref(join->last);
    json_decref(join->added);
}
