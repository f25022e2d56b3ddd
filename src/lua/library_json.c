/* json.encode(), json.decode(), json.null, json.array{}. */
#include "base/json.h"
#include "lua/box_internal.h"
#include "lua/value.h"

enum { MAX_TEXT = 256 << 10 }; /* that is decoded: what it becomes is larger, and not Lua's */

static int json_encode(lua_State *L)
{
    char why[VALUE_WHY];
    struct guard *guard = guard_of(L);
    struct buf out;
    luaL_checkany(L, 1);
    json_t *value = value_read(L, 1, why);
    if (!value)
        return luaL_error(L, "json.encode: the value%s", why);
    buf_init(&out, guard->box->memory);
    enum ls_err err = json_print(&out, value, JSON_WIRE);
    size_t len = out.len;
    json_decref(value);
    guard_charge(guard->box, len);
    guard_hold_text(guard, buf_take(&out));
    if (err)
        return luaL_error(L, "json.encode: the text is too large");
    lua_pushlstring(L, guard->text, len);
    guard_hold_text(guard, NULL);
    return 1;
}

static int json_decode(lua_State *L)
{
    size_t len;
    const char *why = NULL;
    struct guard *guard = guard_of(L);
    const char *text = luaL_checklstring(L, 1, &len);
    json_t *value = NULL;
    luaL_argcheck(L, len <= MAX_TEXT, 1, "longer than 256 KB");
    guard_charge(guard->box, 8 * len);
    if (json_read(&value, text, len, &why) != LS_OK)
        return luaL_error(L, "json.decode: %s", why);
    guard_hold_json(guard, value);
    value_push_element(L, value);
    guard_hold_json(guard, NULL);
    return 1;
}

/* array(list): the list, which goes out as an array even when it is empty; a new one of none. */
static int json_array_of(lua_State *L)
{
    if (lua_isnoneornil(L, 1))
        lua_newtable(L);
    luaL_checktype(L, -1, LUA_TTABLE);
    lua_settop(L, 1);
    value_mark_array(L, 1);
    return 1;
}

void json_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"encode", json_encode},
        {"decode", json_decode},
        {"array", json_array_of},
        {NULL, NULL},
    };
    luaL_newlib(L, functions);
    lua_pushlightuserdata(L, NULL);
    lua_setfield(L, -2, "null");
}
