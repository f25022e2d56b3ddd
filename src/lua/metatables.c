/* Metatables of lambdas.  Design: setmetatable() gives a table a copy of the metatable's events,
 * which the lambda cannot reach; getmetatable() answers what was given.  Nothing can then be added
 * later that costs the collector without bound (`__mode`: it looks for what weak tables lose in one
 * go) or that runs at any time (`__gc`, `__close`).  Tables that get the same metatable one after
 * the other share a copy. */
#include "lua/box_internal.h"

static const char of_key, last_key; /* in a copy: of what; in the registry: the last copy */

static const char *const events[] = {
    "__index",  "__newindex", "__call", "__eq",       "__lt",        "__le",  "__len",
    "__add",    "__sub",      "__mul",  "__div",      "__mod",       "__pow", "__unm",
    "__idiv",   "__band",     "__bor",  "__bxor",     "__shl",       "__shr", "__bnot",
    "__concat", "__pairs",    "__name", "__tostring", "__metatable",
};

enum { EVENTS = sizeof events / sizeof *events };

/* Pushes the event of the table at the index. */
static void push_event(lua_State *L, int table, int event)
{
    lua_pushstring(L, events[event]);
    lua_rawget(L, table);
}

/* Whether the copy at the index is one of the metatable as it is now. */
static bool is_copy(lua_State *L, int copy, int metatable)
{
    if (!lua_istable(L, copy))
        return false;
    lua_rawgetp(L, copy, &of_key);
    bool same = lua_rawequal(L, -1, metatable);
    lua_pop(L, 1);
    for (int i = 0; same && i < EVENTS; i++) {
        push_event(L, copy, i);
        push_event(L, metatable, i);
        same = lua_rawequal(L, -1, -2);
        lua_pop(L, 2);
    }
    return same;
}

/* Leaves the metatable's copy on the stack. */
static void push_copy(lua_State *L, int metatable)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &last_key);
    int copy = lua_gettop(L);
    if (is_copy(L, copy, metatable))
        return;
    lua_newtable(L);
    lua_replace(L, copy);
    for (int i = 0; i < EVENTS; i++) {
        lua_pushstring(L, events[i]);
        push_event(L, metatable, i);
        lua_rawset(L, copy);
    }
    lua_pushvalue(L, metatable);
    lua_rawsetp(L, copy, &of_key);
    lua_pushvalue(L, copy);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &last_key);
}

void metatables_forget(lua_State *L)
{
    lua_pushboolean(L, false);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &last_key); /* the key is there: this needs no memory */
}

bool metatables_protect(lua_State *L, int index)
{
    return luaL_getmetafield(L, index, "__metatable") != LUA_TNIL;
}

static int set_metatable(lua_State *L)
{
    static const char *const refused[] = {"__gc", "__mode", "__close"};
    int type = lua_type(L, 2);
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_argexpected(L, type == LUA_TNIL || type == LUA_TTABLE, 2, "nil or table");
    if (metatables_protect(L, 1))
        return luaL_error(L, "cannot change a protected metatable");
    lua_settop(L, 2);
    for (size_t i = 0; type == LUA_TTABLE && i < sizeof refused / sizeof *refused; i++) {
        lua_pushstring(L, refused[i]);
        if (lua_rawget(L, 2) != LUA_TNIL)
            return luaL_error(L, "setmetatable: %s is not available", refused[i]);
        lua_pop(L, 1);
    }
    if (type == LUA_TTABLE)
        push_copy(L, 2);
    lua_setmetatable(L, 1);
    lua_settop(L, 1);
    return 1;
}

static int get_metatable(lua_State *L)
{
    luaL_checkany(L, 1);
    if (metatables_protect(L, 1))
        return 1;
    if (!lua_getmetatable(L, 1))
        lua_pushnil(L);
    else if (lua_rawgetp(L, -1, &of_key) == LUA_TNIL)
        lua_pop(L, 1); /* it is no copy */
    return 1;
}

void metatables_open(lua_State *L)
{
    static const luaL_Reg functions[] = {{"setmetatable", set_metatable},
                                         {"getmetatable", get_metatable},
                                         {NULL, NULL}};
    metatables_forget(L);
    luaL_newlib(L, functions);
}
