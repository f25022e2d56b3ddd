/* JSON to Lua.
 *
 * Design: the registry holds a table with weak keys, the shapes: of an array's table `true`, of an
 * object's a list of its keys in order, each null one followed by `true`. */
#include "lua/value.h"

#include "lua/box_internal.h"

static int push_shapes(lua_State *L)
{
    luaL_checkstack(L, VALUE_SLOTS, "values are nested too deeply");
    lua_rawgetp(L, LUA_REGISTRYINDEX, &box_shapes_key);
    return lua_gettop(L);
}

static void push_any(lua_State *L, const json_t *value, int shapes, bool element);

/* Gives the table on the top the shape that is below it, which is taken away. */
static void set_shape(lua_State *L, int shapes)
{
    lua_pushvalue(L, -1);
    lua_rotate(L, -3, -1); /* table table shape */
    lua_rawset(L, shapes);
}

/* Whether the object's table needs to remember anything. */
static bool has_shape(const json_t *object)
{
    const char *key;
    json_t *member;
    if (json_object_size(object) > 1)
        return true;
    json_object_foreach((json_t *)object, key, member)
        if (json_is_null(member))
            return true;
    return false;
}

static void push_shape(lua_State *L, const json_t *object)
{
    const char *key;
    size_t len;
    json_t *member;
    int n = 0;
    lua_createtable(L, (int)json_object_size(object), 0);
    json_object_keylen_foreach((json_t *)object, key, len, member)
    {
        lua_pushlstring(L, key, len);
        lua_rawseti(L, -2, ++n);
        if (json_is_null(member)) {
            lua_pushboolean(L, true);
            lua_rawseti(L, -2, ++n);
        }
    }
}

static void push_object(lua_State *L, const json_t *object, int shapes)
{
    const char *key;
    size_t len;
    json_t *member;
    bool shaped = has_shape(object);
    if (shaped)
        push_shape(L, object);
    lua_createtable(L, 0, (int)json_object_size(object));
    json_object_keylen_foreach((json_t *)object, key, len, member)
    {
        if (json_is_null(member))
            continue;
        lua_pushlstring(L, key, len);
        push_any(L, member, shapes, false);
        lua_rawset(L, -3);
    }
    if (shaped)
        set_shape(L, shapes);
}

static void push_array(lua_State *L, const json_t *array, int shapes)
{
    size_t i;
    json_t *element;
    lua_pushboolean(L, true);
    lua_createtable(L, (int)json_array_size(array), 0);
    json_array_foreach((json_t *)array, i, element) {
        push_any(L, element, shapes, true);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    set_shape(L, shapes);
}

static void push_any(lua_State *L, const json_t *value, int shapes, bool element)
{
    luaL_checkstack(L, VALUE_SLOTS, "values are nested too deeply");
    switch (json_typeof(value)) {
    case JSON_OBJECT: push_object(L, value, shapes); break;
    case JSON_ARRAY: push_array(L, value, shapes); break;
    case JSON_STRING:
        lua_pushlstring(L, json_string_value(value), json_string_length(value));
        break;
    case JSON_INTEGER: lua_pushinteger(L, json_integer_value(value)); break;
    case JSON_REAL: lua_pushnumber(L, json_real_value(value)); break;
    case JSON_TRUE: lua_pushboolean(L, true); break;
    case JSON_FALSE: lua_pushboolean(L, false); break;
    case JSON_NULL:
        if (element)
            lua_pushlightuserdata(L, NULL);
        else
            lua_pushnil(L);
        break;
    }
}

static void push_top(lua_State *L, const json_t *value, bool element)
{
    int shapes = push_shapes(L);
    push_any(L, value, shapes, element);
    lua_remove(L, shapes);
}

void value_push(lua_State *L, const json_t *value)
{
    if (value)
        push_top(L, value, false);
    else
        lua_pushnil(L);
}

void value_push_element(lua_State *L, const json_t *value)
{
    push_top(L, value, true);
}

void value_mark_array(lua_State *L, int index)
{
    index = lua_absindex(L, index);
    int shapes = push_shapes(L);
    lua_pushvalue(L, index);
    lua_pushboolean(L, true);
    lua_rawset(L, shapes);
    lua_pop(L, 1);
}
