/* The globals of lambdas: C's primitives, and Lua's own libraries of which the prelude picks what
 * is safe.  The libraries themselves stay out of reach: no code of a lambda sees the state's own
 * globals. */
#include <pthread.h>
#include <stdlib.h>

#include "base/buf.h"
#include "lua/box_internal.h"

enum { MAX_COMPILED = 1 << 20 };

const char box_env_key, box_shapes_key, box_failure_key, box_modules_key, box_protect_key;

/* Adds the members of the table on the top to the one below, and pops it. */
static void merge(lua_State *L)
{
    for (lua_pushnil(L); lua_next(L, -2);) {
        lua_pushvalue(L, -2);
        lua_insert(L, -2);
        lua_rawset(L, -5);
    }
    lua_pop(L, 1);
}

static void push_primitives(lua_State *L)
{
    static void (*const parts[])(
        lua_State *) = {guard_open,   string_open,  text_open,       base64_open,         json_open,
                        routine_open, modules_open, metatables_open, metrics_library_open};
    lua_newtable(L);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        parts[i](L);
        merge(L);
    }
}

/* A table in the registry, with weak keys where `weak`. */
static void add_table(lua_State *L, const void *key, bool weak)
{
    lua_newtable(L);
    if (weak) {
        lua_createtable(L, 0, 1);
        lua_pushliteral(L, "k");
        lua_setfield(L, -2, "__mode");
        lua_setmetatable(L, -2);
    }
    lua_rawsetp(L, LUA_REGISTRYINDEX, key);
}

/* The prelude compiled, without the names and lines that only a debugger needs: half of what each
 * box would hold of it, and sooner loaded than the text.  Made once, for the whole process. */
static struct buf compiled;

static int add_compiled(lua_State *L, const void *data, size_t size, void *owner)
{
    (void)L;
    return buf_add(owner, data, size) != LS_OK;
}

static void compile_prelude(void)
{
    lua_State *L = luaL_newstate();
    buf_init(&compiled, MAX_COMPILED);
    if (!L || luaL_loadbufferx(L, (const char *)prelude_text, prelude_len, "=(langserved)", "t") ||
        lua_dump(L, add_compiled, &compiled, 1))
        abort(); /* it is our own text */
    lua_close(L);
}

void library_open(lua_State *L)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    static const luaL_Reg libraries[] = {
        {LUA_GNAME, luaopen_base},        {LUA_MATHLIBNAME, luaopen_math},
        {LUA_STRLIBNAME, luaopen_string}, {LUA_TABLIBNAME, luaopen_table},
        {LUA_UTF8LIBNAME, luaopen_utf8},
    };
    enum { COUNT = sizeof libraries / sizeof *libraries };
    add_table(L, &box_shapes_key, true);
    add_table(L, &box_modules_key, false);
    pthread_once(&once, compile_prelude);
    if (luaL_loadbufferx(L, compiled.data, compiled.len, "=(langserved)", "b"))
        lua_error(L);
    push_primitives(L);
    for (int i = 0; i < COUNT; i++)
        luaL_requiref(L, libraries[i].name, libraries[i].func, 0);
    lua_call(L, COUNT + 1, 2);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &box_protect_key);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &box_env_key);
    lua_pushnil(L);
    lua_setfield(L, LUA_REGISTRYINDEX,
                 LUA_LOADED_TABLE); /* the prelude has what it wants of them */
}
