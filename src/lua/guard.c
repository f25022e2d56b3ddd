/* Design: the hook is called every few instructions and looks at the clock.  When a routine's slice
 * is over it yields from within the hook; one whose time is over is never resumed, so that no
 * pcall(), error handler or __close of the lambda can hold that up.  Where Lua cannot yield (while a
 * file is loaded) an error is raised instead, and pcall() does not stop it.  A routine whose memory is
 * over yields likewise, and the collector works in slices of its own (routine.c): left to Lua, it would
 * look through the whole box at once. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "lua/box_internal.h"

enum { MOST_UNPACKED = 32768, MOST_CALLS = 5000 };

static void on_count(lua_State *L, lua_Debug *debug);

static void arm(lua_State *L, int instructions)
{
    lua_sethook(L, on_count, LUA_MASKCOUNT, instructions);
}

/* Deep recursion: its stack is copied, looked through and freed in one go.  Calls take memory, so
 * that it is enough to look when some was taken. */
static void check_depth(lua_State *L, struct box *box)
{
    lua_Debug debug;
    bool look = box->touched;
    box->touched = false;
    if (look && lua_getstack(L, MOST_CALLS, &debug))
        luaL_error(L, "stack overflow");
}

static void on_count(lua_State *L, lua_Debug *debug)
{
    (void)debug;
    struct guard *guard = guard_of(L);
    if (!guard)
        return;
    int64_t slice = clock_steady_us() - guard->since_us;
    int interval = guard->box->large > 0 ? HOOK_OFTEN : HOOK_INSTRUCTIONS;
    guard->box->debt = 0;
    if (lua_gethookcount(L) != interval)
        arm(L, interval);
    if (!guard->doom && guard->collects == 0 && slice < SLICE_US) {
        check_depth(L, guard->box);
        return;
    }
    if (lua_isyieldable(L)) {
        lua_yield(L, 0);
        return;
    }
    if (guard->used_us + slice > guard->limit_us)
        guard->doom = DOOM_TIME;
    if (guard->doom)
        luaL_error(L, "the time is over");
}

void guard_watch(lua_State *L)
{
    arm(L, HOOK_INSTRUCTIONS);
}

void guard_charge(struct box *box, size_t bytes)
{
    box->debt += bytes;
    if (box->debt < DEBT_BYTES || !box->running)
        return;
    box->debt = 0;
    box->touched = true;
    arm(box->running, 1);
}

bool guard_collect(struct box *box)
{
    struct guard *guard = box->running ? guard_of(box->running) : NULL;
    if (!guard || !guard->owner)
        return false;
    if (guard->collects == 0)
        guard->collects = 2; /* the one that is under way does not see what has just become free */
    arm(box->running, 1);
    return true;
}

int guard_pause(lua_State *L, lua_KFunction then)
{
    struct guard *guard = guard_of(L), **holder = &guard->box->holder;
    bool over = clock_steady_us() - guard->since_us >= SLICE_US;
    if (!over || !lua_isyieldable(L) || (*holder && *holder != guard))
        return then(L, LUA_OK, 0);
    *holder = guard;
    return lua_yieldk(L, 0, 0, then);
}

static void note_held(struct guard *guard)
{
    if (!guard->json && !guard->text && guard->box->holder == guard)
        guard->box->holder = NULL;
}

void guard_hold_json(struct guard *guard, json_t *json)
{
    json_decref(guard->json);
    guard->json = json;
    note_held(guard);
}

void guard_hold_text(struct guard *guard, char *text)
{
    free(guard->text);
    guard->text = text;
    note_held(guard);
}

/* ---- what the prelude is given ---- */

/* charge(text): a text is about to be walked over. */
static int guard_charge_text(lua_State *L)
{
    size_t len;
    if (lua_type(L, 1) == LUA_TSTRING && lua_tolstring(L, 1, &len))
        guard_charge(guard_of(L)->box, len);
    return 0;
}

const char *guard_error_text(const char *text, size_t *len)
{
    static const char place[] = "?:-1: ";
    size_t cut = strncmp(text, place, sizeof place - 1) == 0 ? sizeof place - 1 : 0;
    *len -= cut;
    return text + cut;
}

/* Replaces the error at the top of the stack by what lambdas see of it. */
static void show_error(lua_State *L)
{
    size_t len;
    if (lua_type(L, -1) != LUA_TSTRING)
        return;
    const char *raised = lua_tolstring(L, -1, &len), *shown = guard_error_text(raised, &len);
    if (shown == raised)
        return;
    lua_pushlstring(L, shown, len);
    lua_replace(L, -2);
}

/* What pcall() gives; one that is doomed is not caught, and not unwound either. */
static int caught(lua_State *L, int status, lua_KContext context)
{
    (void)context;
    struct guard *guard = guard_of(L);
    bool well = status == LUA_OK || status == LUA_YIELD;
    if (status == LUA_ERRMEM)
        guard->doom = DOOM_MEMORY;
    if (guard->doom)
        return lua_isyieldable(L) ? lua_yield(L, 0) : lua_error(L);
    if (well)
        return lua_gettop(L);
    show_error(L);
    lua_pushboolean(L, false);
    lua_insert(L, -2);
    return 2;
}

static int guard_pcall(lua_State *L)
{
    luaL_checkany(L, 1);
    lua_pushboolean(L, true);
    lua_insert(L, 1);
    return caught(L, lua_pcallk(L, lua_gettop(L) - 2, LUA_MULTRET, 0, 0, caught), 0);
}

static int guard_rawset(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_checkany(L, 2);
    luaL_checkany(L, 3);
    if (metatables_protect(L, 1))
        return luaL_error(L, "rawset: the table is protected");
    lua_settop(L, 3);
    lua_rawset(L, 1);
    return 1;
}

/* metafield(value, name): of whatever metatable, for tostring(). */
static int guard_metafield(lua_State *L)
{
    if (luaL_getmetafield(L, 1, luaL_checkstring(L, 2)) == LUA_TNIL)
        lua_pushnil(L);
    return 1;
}

/* A value as text, without metamethods and without addresses. */
static int guard_tostring(lua_State *L)
{
    int type = lua_type(L, 1);
    luaL_checkany(L, 1);
    if (type == LUA_TLIGHTUSERDATA)
        lua_pushliteral(L, "null");
    else if (type == LUA_TNIL || type == LUA_TBOOLEAN || type == LUA_TNUMBER || type == LUA_TSTRING)
        luaL_tolstring(L, 1, NULL);
    else
        lua_pushstring(L, lua_typename(L, type));
    return 1;
}

/* Has string.upper() and its kin found by `("x"):upper()`, and nothing else of text changed. */
static int guard_string_methods(lua_State *L)
{
    lua_pushliteral(L, "");
    lua_createtable(L, 0, 2);
    lua_pushvalue(L, 1);
    lua_setfield(L, -2, "__index");
    lua_pushboolean(L, false);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
    return 0;
}

/* How long the texts of a list are together; numbers do not count. */
static size_t count_bytes(lua_State *L, lua_Integer i, lua_Integer last)
{
    size_t bytes = 0;
    bool more = i <= last;
    for (lua_Integer n = i; more; n++) {
        int type = lua_rawgeti(L, 1, n);
        if (type != LUA_TSTRING && type != LUA_TNUMBER)
            luaL_error(L, "invalid value (at index %I) in table for 'concat'", (LUAI_UACINT)n);
        bytes += type == LUA_TSTRING ? lua_rawlen(L, -1) : 0;
        more = n < last;
        lua_pop(L, 1);
    }
    return bytes;
}

/* concat(list, separator, i, j): as table.concat(), over the list as it is. */
static int guard_concat(lua_State *L)
{
    size_t len;
    luaL_Buffer out;
    luaL_checktype(L, 1, LUA_TTABLE);
    const char *separator = luaL_optlstring(L, 2, "", &len);
    lua_Integer i = luaL_optinteger(L, 3, 1);
    lua_Integer last = luaL_optinteger(L, 4, (lua_Integer)lua_rawlen(L, 1));
    lua_settop(L, 2);
    luaL_buffinitsize(L, &out, count_bytes(L, i, last));
    for (lua_Integer n = i; n <= last; n++) {
        lua_rawgeti(L, 1, n);
        luaL_addvalue(&out);
        if (n == last)
            break;
        luaL_addlstring(&out, separator, len);
        guard_charge(guard_of(L)->box, 32);
    }
    luaL_pushresult(&out);
    return 1;
}

/* unpack(list, i, j): as table.unpack(), over the list as it is. */
static int guard_unpack(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_Integer first = luaL_optinteger(L, 2, 1);
    lua_Integer last = luaL_optinteger(L, 3, (lua_Integer)lua_rawlen(L, 1));
    if (first > last)
        return 0;
    lua_Unsigned more = (lua_Unsigned)last - (lua_Unsigned)first;
    if (more >= MOST_UNPACKED || !lua_checkstack(L, (int)more + 1))
        return luaL_error(L, "too many results to unpack");
    guard_charge(guard_of(L)->box, 16 * (size_t)more);
    for (lua_Unsigned n = 0; n <= more; n++)
        lua_rawgeti(L, 1, first + (lua_Integer)n);
    return (int)more + 1;
}

void guard_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"charge", guard_charge_text},
        {"pcall", guard_pcall},
        {"rawset", guard_rawset},
        {"metafield", guard_metafield},
        {"tostring", guard_tostring},
        {"string_methods", guard_string_methods},
        {"concat", guard_concat},
        {"unpack", guard_unpack},
        {NULL, NULL},
    };
    luaL_newlib(L, functions);
    lua_pushinteger(L, MOST_UNPACKED);
    lua_setfield(L, -2, "most");
}
