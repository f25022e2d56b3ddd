/* Lua to JSON; the shapes of tables are value_push.c's. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "lua/box_internal.h"
#include "lua/value.h"

/* Bytes of a value as JSON, about; and how many more those of a list or an object. */
enum { COST = 48, COST_TABLE = 240, COST_MEMBER = 96 };

struct reader {
    lua_State *L;
    int shapes;
    size_t left; /* bytes that the result may still take */
    int depth;
    char *why;
};

static json_t *read_any(struct reader *reader, int index);

static json_t *refuse(struct reader *reader, const char *why)
{
    snprintf(reader->why, VALUE_WHY, ": %s", why);
    return NULL;
}

/* Says in which part of a value the refused one is, as far as there is room. */
static void add_place(struct reader *reader, const char *place)
{
    size_t len = strlen(place), rest = strlen(reader->why);
    if (len + rest >= VALUE_WHY)
        return;
    memmove(reader->why + len, reader->why, rest + 1);
    memcpy(reader->why, place, len);
}

static bool spend(struct reader *reader, size_t len)
{
    if (len > SIZE_MAX - COST || reader->left < COST + len) {
        refuse(reader, "the value is too large");
        return false;
    }
    reader->left -= COST + len;
    return true;
}

static json_t *read_text(struct reader *reader, int index)
{
    size_t len;
    const char *text = lua_tolstring(reader->L, index, &len);
    if (!spend(reader, len))
        return NULL;
    json_t *value = text_is_utf8(text, len) ? json_stringn_nocheck(text, len) : NULL;
    return value ? value : refuse(reader, "the text is not valid UTF-8");
}

/* The value on the top, which stands under `key`. */
static json_t *read_under(struct reader *reader, const char *key, size_t key_len)
{
    char place[64];
    if (strlen(key) != key_len)
        return refuse(reader, "a key holds the character \\0");
    if (!spend(reader, COST_MEMBER + key_len))
        return NULL;
    json_t *value = read_any(reader, lua_gettop(reader->L));
    if (!value) {
        snprintf(place, sizeof place, ".%.50s", key);
        add_place(reader, place);
    }
    return value;
}

/* Takes `value` over. */
static bool set_member(struct reader *reader, json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value) == 0)
        return true;
    refuse(reader, "a key is not valid UTF-8");
    return false;
}

/* The members that came in, in their order; `shape` is the list of their keys. */
static bool read_known(struct reader *reader, int table, int shape, json_t *object)
{
    lua_State *L = reader->L;
    size_t len;
    for (lua_Integer n = 1; lua_rawgeti(L, shape, n) == LUA_TSTRING; n++) {
        bool was_null = lua_rawgeti(L, shape, n + 1) == LUA_TBOOLEAN;
        lua_pop(L, 1);
        n += was_null;
        const char *key = lua_tolstring(L, -1, &len);
        lua_pushvalue(L, -1);
        lua_rawget(L, table);
        if (lua_isnil(L, -1) && was_null) {
            lua_pop(L, 1);
            lua_pushlightuserdata(L, NULL);
        }
        if (!lua_isnil(L, -1)) {
            json_t *value = read_under(reader, key, len);
            if (!value || !set_member(reader, object, key, value))
                return false;
        }
        lua_pop(L, 2);
    }
    lua_pop(L, 1);
    return true;
}

struct new_member {
    const char *key; /* the table's: it stays while the table does */
    size_t key_len;
    uint64_t head; /* the key's first bytes as a number: most keys differ there, and are told apart
                    * without a look at them, which for many of them takes long */
    json_t *value;
};

static uint64_t head_of(const char *key, size_t len)
{
    uint64_t head = 0;
    for (size_t i = 0; i < sizeof head; i++)
        head = head << 8 | (i < len ? (unsigned char)key[i] : 0);
    return head;
}

static int compare_members(const void *a, const void *b)
{
    const struct new_member *one = a, *other = b;
    if (one->head != other->head)
        return one->head < other->head ? -1 : 1;
    return strcmp(one->key, other->key);
}

/* Reads the members that did not come in; *members is the caller's, also when this fails. */
static bool find_new(struct reader *reader, int table, const json_t *object,
                     struct new_member **members, size_t *count)
{
    lua_State *L = reader->L;
    size_t room = 0;
    bool came_in = json_object_size(object) > 0;
    for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING)
            return refuse(reader, "a key of an object must be text");
        struct new_member member = {0};
        member.key = lua_tolstring(L, -2, &member.key_len);
        if (came_in && json_object_get(object, member.key))
            continue;
        member.head = head_of(member.key, member.key_len);
        member.value = read_under(reader, member.key, member.key_len);
        if (!member.value)
            return false;
        if (*count == room) {
            room = room ? room * 2 : 8;
            *members = mem_resize(*members, room, sizeof **members);
        }
        (*members)[(*count)++] = member;
    }
    return true;
}

/* The other members, in the order of their keys. */
static bool read_new(struct reader *reader, int table, json_t *object)
{
    struct new_member *members = NULL;
    size_t count = 0;
    bool well = find_new(reader, table, object, &members, &count);
    if (count > 1)
        qsort(members, count, sizeof *members, compare_members);
    for (size_t i = 0; i < count; i++) {
        if (well)
            well = set_member(reader, object, members[i].key, json_incref(members[i].value));
        json_decref(members[i].value);
    }
    free(members);
    return well;
}

static json_t *read_object(struct reader *reader, int table, int shape)
{
    json_t *object = json_object();
    if ((shape == 0 || read_known(reader, table, shape, object)) && read_new(reader, table, object))
        return object;
    json_decref(object);
    return NULL;
}

/* Whether the table has no keys but 1 to `len`. */
static bool is_list(struct reader *reader, int table, size_t len)
{
    size_t count = 0;
    for (lua_pushnil(reader->L); lua_next(reader->L, table); lua_pop(reader->L, 1))
        count++;
    return count == len;
}

static json_t *read_array(struct reader *reader, int table)
{
    size_t len = lua_rawlen(reader->L, table);
    if (!is_list(reader, table, len))
        return refuse(reader, "a list with other keys than 1, 2, 3, … (for a gap, json.null)");
    json_t *array = json_array();
    for (size_t i = 1; i <= len; i++) {
        lua_rawgeti(reader->L, table, (lua_Integer)i);
        json_t *element = read_any(reader, lua_gettop(reader->L));
        lua_pop(reader->L, 1);
        if (!element) {
            char place[32];
            snprintf(place, sizeof place, "[%zu]", i);
            add_place(reader, place);
            json_decref(array);
            return NULL;
        }
        json_array_append_new(array, element);
    }
    return array;
}

static json_t *read_table(struct reader *reader, int table)
{
    lua_State *L = reader->L;
    int top = lua_gettop(L);
    if (++reader->depth > JSON_MAX_DEPTH || !lua_checkstack(L, VALUE_SLOTS + 2))
        return refuse(reader, "nested too deeply, or a table that contains itself");
    if (!spend(reader, COST_TABLE))
        return NULL;
    lua_pushvalue(L, table);
    int shape = lua_rawget(L, reader->shapes);
    bool array = shape == LUA_TBOOLEAN || (shape == LUA_TNIL && lua_rawlen(L, table) > 0);
    json_t *value = array ? read_array(reader, table)
                          : read_object(reader, table, shape == LUA_TTABLE ? top + 1 : 0);
    lua_settop(L, top);
    reader->depth--;
    return value;
}

static json_t *read_number(struct reader *reader, int index)
{
    if (lua_isinteger(reader->L, index))
        return json_integer(lua_tointeger(reader->L, index));
    json_t *value = json_real(lua_tonumber(reader->L, index));
    return value ? value : refuse(reader, "not a number, or infinite");
}

static json_t *read_any(struct reader *reader, int index)
{
    lua_State *L = reader->L;
    char why[64];
    switch (lua_type(L, index)) {
    case LUA_TTABLE: return read_table(reader, index);
    case LUA_TSTRING: return read_text(reader, index);
    case LUA_TBOOLEAN: return json_boolean(lua_toboolean(L, index));
    case LUA_TNUMBER: return spend(reader, 0) ? read_number(reader, index) : NULL;
    case LUA_TNIL:
    case LUA_TLIGHTUSERDATA: return json_null(); /* json.null */
    default:
        snprintf(why, sizeof why, "a %s is no value", lua_typename(L, lua_type(L, index)));
        return refuse(reader, why);
    }
}

json_t *value_read(lua_State *L, int index, char why[VALUE_WHY])
{
    int top = lua_gettop(L);
    struct box *box = guard_of(L)->box;
    struct reader reader = {.L = L, .left = box->memory / 2, .why = why};
    index = lua_absindex(L, index);
    why[0] = '\0';
    if (!lua_checkstack(L, VALUE_SLOTS))
        return refuse(&reader, "no memory is left");
    lua_rawgetp(L, LUA_REGISTRYINDEX, &box_shapes_key);
    reader.shapes = top + 1;
    json_t *value = read_any(&reader, index);
    lua_settop(L, top);
    guard_charge(box, box->memory / 2 - reader.left);
    return value;
}
