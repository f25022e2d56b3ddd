/* What a box is loaded with: a lambda's text, a file with functions, modules. */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "lua/box_internal.h"
#include "lua/scan.h"

enum { MAX_FILE = 1 << 20 };

/* The globals of a text are a local variable of its function, so that each call has them anew. */
#define ARGUMENTS "local input, config, _ENV = ... "

/* The name in messages: Lua has no room for a long path. */
static void push_shown(lua_State *L, const char *path)
{
    const char *slash = strrchr(path, '/');
    lua_pushfstring(L, "=%s", slash ? slash + 1 : path);
}

static int compile(lua_State *L, const struct box_source *source, const char *before)
{
    struct buf text;
    buf_init(&text, MAX_FILE + (8 << 20));
    for (int line = 1; line < source->line; line++)
        buf_add_char(&text, '\n');
    buf_add_str(&text, before);
    buf_add(&text, source->text, source->len);
    guard_hold_text(guard_of(L), buf_take(&text));
    push_shown(L, source->file);
    int status =
        luaL_loadbufferx(L, guard_of(L)->text, strlen(guard_of(L)->text), lua_tostring(L, -1), "t");
    guard_hold_text(guard_of(L), NULL);
    lua_remove(L, -2);
    return status;
}

struct look {
    bool seen, is_body;
};

static void look_at_word(void *owner, const struct scan_word *word)
{
    static const char *const statements[] = {"local", "for",    "while",    "if",  "repeat",
                                             "do",    "return", "function", "goto"};
    struct look *look = owner;
    for (size_t i = 0; !look->seen && i < sizeof statements / sizeof *statements; i++)
        look->is_body |= scan_is(word, statements[i]);
    look->is_body |= scan_is(word, "return");
    look->seen = true;
}

/* Whether the text begins as a statement does, or says what it returns. */
static bool is_body(const struct box_source *source)
{
    struct look look = {false, false};
    scan_words(source->text, source->len, look_at_word, &look);
    return look.is_body;
}

void modules_load_text(lua_State *L, const struct box_source *source)
{
    if (memchr(source->text, '\0', source->len))
        luaL_error(L, "%s:%d: the text holds the character \\0", source->file, source->line);
    if (compile(L, source, ARGUMENTS "return ") == LUA_OK)
        return;
    if (compile(L, source, ARGUMENTS) == LUA_OK)
        return;
    if (!is_body(source))
        lua_pop(L, 1); /* the expression's error says more */
    lua_error(L);
}

/* ---- files ---- */

/* The file's text, held by the guard. */
static size_t read_file(lua_State *L, const char *path)
{
    struct buf text;
    FILE *file = fopen(path, "rb");
    if (!file)
        luaL_error(L, "cannot open %s", path);
    buf_init(&text, MAX_FILE + 1);
    char *room = buf_reserve(&text, MAX_FILE + 1);
    size_t len = fread(room, 1, MAX_FILE + 1, file);
    buf_commit(&text, len);
    fclose(file);
    guard_hold_text(guard_of(L), buf_take(&text));
    if (len > MAX_FILE)
        luaL_error(L, "%s is larger than 1 MB", path);
    return len;
}

/* Leaves a table of globals of the file's own, on top of those of all lambdas. */
static void push_globals(lua_State *L)
{
    lua_newtable(L);
    lua_createtable(L, 0, 1);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &box_env_key);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
}

/* From now on the file's functions cannot change its globals. */
static void lock_globals(lua_State *L, int chunk, int globals)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &box_protect_key);
    lua_pushvalue(L, globals);
    lua_pushliteral(L, "the file's table of globals");
    lua_call(L, 2, 1);
    lua_setupvalue(L, chunk, 1);
}

void modules_run_file(lua_State *L, const char *path)
{
    size_t len = read_file(L, path);
    push_shown(L, path);
    int status = luaL_loadbufferx(L, guard_of(L)->text, len, lua_tostring(L, -1), "t");
    guard_hold_text(guard_of(L), NULL);
    if (status)
        lua_error(L);
    int chunk = lua_gettop(L);
    push_globals(L);
    lua_pushvalue(L, -1);
    lua_setupvalue(L, chunk, 1);
    lua_pushvalue(L, chunk);
    lua_call(L, 0, 1);
    lock_globals(L, chunk, chunk + 1);
    lua_insert(L, chunk + 1); /* chunk result globals */
    lua_remove(L, chunk);
    lua_remove(L, chunk - 1);
}

/* ---- require ---- */

static bool is_module_name(const char *name)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    size_t len = strspn(name, letters);
    return len > 0 && len <= 100 && name[len] == '\0';
}

static void load_module(lua_State *L, const char *name, int modules)
{
    struct box *box = guard_of(L)->box;
    if (box->sealed)
        luaL_error(L,
                   "the module '%s' was not loaded with the app: write `require \"%s\"`, with "
                   "the name in quotes",
                   name, name);
    if (!box->path)
        luaL_error(L, "there are no modules: name their folder, `lua: {path: …}`");
    lua_pushboolean(L, false);
    lua_setfield(L, modules, name);
    lua_pushfstring(L, "%s/%s.lua", box->path, name);
    modules_run_file(L, lua_tostring(L, -1));
    lua_pop(L, 1);
    if (lua_isnil(L, -1)) {
        lua_pop(L, 1);
        lua_pushboolean(L, true);
    }
    lua_pushvalue(L, -1);
    lua_setfield(L, modules, name);
}

static int modules_require(lua_State *L)
{
    size_t len;
    const char *name = luaL_checklstring(L, 1, &len);
    lua_settop(L, 1);
    if (strlen(name) != len || !is_module_name(name))
        return luaL_error(L, "a module's name is letters, digits, '_' and '-'");
    lua_rawgetp(L, LUA_REGISTRYINDEX, &box_modules_key);
    if (lua_getfield(L, 2, name) == LUA_TNIL)
        load_module(L, name, 2);
    else if (lua_isboolean(L, -1) && !lua_toboolean(L, -1))
        return luaL_error(L, "the module '%s' requires itself", name);
    return 1;
}

void modules_open(lua_State *L)
{
    static const luaL_Reg functions[] = {{"require", modules_require}, {NULL, NULL}};
    luaL_newlib(L, functions);
}
