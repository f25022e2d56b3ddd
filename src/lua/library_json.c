/* json.encode(), json.decode(), json.null, json.array{}. */
#include "base/json.h"
#include "lua/box_internal.h"
#include "lua/value.h"

/* Of what is decoded: what it becomes is larger, and not Lua's; a member of an object or a list
 * within takes as long as WEIGHT numbers. */
enum { MAX_TEXT = 256 << 10, MAX_WORK = 160 << 10, WEIGHT = 12 };

/* Bytes that are made of a value, in one go. */
enum { MAX_PRINTED = 3 << 20 };

/* The parts of both, each of which takes long for a large value, are steps between which others
 * run.  The guard holds what was made until the last step lets go of it; of a call that does not
 * come so far, until its routine is dropped. */

static int encoded(lua_State *L, int status, lua_KContext context)
{
    (void)status, (void)context;
    struct guard *guard = guard_of(L);
    guard_hold_json(guard, NULL);
    lua_pushstring(L, guard->text);
    guard_hold_text(guard, NULL);
    return 1;
}

static int print_held(lua_State *L, int status, lua_KContext context)
{
    (void)status, (void)context;
    struct guard *guard = guard_of(L);
    struct buf out;
    size_t room = guard->box->memory / 2;
    buf_init(&out, room < MAX_PRINTED ? room : MAX_PRINTED);
    enum ls_err err = json_print(&out, guard->json, JSON_WIRE);
    guard_charge(guard->box, out.len);
    guard_hold_text(guard, buf_take(&out));
    if (err)
        return luaL_error(L, "json.encode: the text is too large");
    return guard_pause(L, encoded);
}

static int json_encode(lua_State *L)
{
    char why[VALUE_WHY];
    luaL_checkany(L, 1);
    json_t *value = value_read(L, 1, why);
    if (!value)
        return luaL_error(L, "json.encode: the value%s", why);
    guard_hold_json(guard_of(L), value);
    return guard_pause(L, print_held);
}

static int decoded(lua_State *L, int status, lua_KContext context)
{
    (void)status, (void)context;
    guard_hold_json(guard_of(L), NULL);
    return 1;
}

static int push_held(lua_State *L, int status, lua_KContext context)
{
    (void)status, (void)context;
    value_push_element(L, guard_of(L)->json);
    return guard_pause(L, decoded);
}

static bool is_much_work(const char *text, size_t len)
{
    size_t work = 0;
    bool quoted = false;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (c == '"')
            quoted = !quoted;
        else if (quoted)
            i += c == '\\'; /* what is escaped may be a quote */
        else if (c == ':' || c == '{' || c == '[')
            work += WEIGHT;
        else
            work += c == ',';
    }
    return work > MAX_WORK;
}

static int json_decode(lua_State *L)
{
    size_t len;
    const char *why = NULL;
    struct guard *guard = guard_of(L);
    const char *text = luaL_checklstring(L, 1, &len);
    json_t *value = NULL;
    luaL_argcheck(L, len <= MAX_TEXT, 1, "longer than 256 KB");
    luaL_argcheck(L, !is_much_work(text, len), 1, "of too many members and lists");
    guard_charge(guard->box, 8 * len);
    if (json_read(&value, text, len, &why) != LS_OK)
        return luaL_error(L, "json.decode: %s", why);
    guard_hold_json(guard, value);
    return guard_pause(L, push_held);
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
