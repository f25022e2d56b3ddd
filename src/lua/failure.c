/* Errors of other runnables in Lua, and Lua's errors as outcomes.
 *
 * The error of a runnable that a lambda has called is a value with `kind`, `status` and `message`;
 * uncaught it is the same error again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "lua/routine_internal.h"

/* A userdata; its texts are its user values. */
struct failure {
    enum ls_err err;
    int status;
    int64_t retry_after;
    size_t place;
};

enum { MESSAGE = 1, CLIENT = 2, TEXTS = 2 };

void failure_copy(struct outcome *to, const struct outcome *from)
{
    *to = *from;
    to->value = json_incref(from->value);
    to->detail = json_incref(from->detail);
    to->message = mem_strdup(from->message);
    to->client = mem_strdup(from->client);
}

void failure_fini(struct outcome *failure)
{
    json_decref(failure->value);
    json_decref(failure->detail);
    free((char *)failure->message);
    free((char *)failure->client);
    *failure = (struct outcome){0};
}

void failure_push(lua_State *L, const struct outcome *outcome)
{
    struct failure *failure = lua_newuserdatauv(L, sizeof *failure, TEXTS);
    *failure =
        (struct failure){outcome->err, outcome->status, outcome->retry_after, outcome->place};
    lua_pushstring(L, outcome_message(outcome));
    lua_setiuservalue(L, -2, MESSAGE);
    lua_pushstring(L, outcome->client);
    lua_setiuservalue(L, -2, CLIENT);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &box_failure_key);
    lua_setmetatable(L, -2);
}

/* ---- what ended a routine ---- */

static bool is_failure(lua_State *L, int index)
{
    if (lua_type(L, index) != LUA_TUSERDATA || !lua_getmetatable(L, index))
        return false;
    lua_rawgetp(L, LUA_REGISTRYINDEX, &box_failure_key);
    bool same = lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
    return same;
}

/* The text at the index, copied; NULL when there is none. */
static char *copy_text(lua_State *L, int index)
{
    size_t len;
    if (lua_type(L, index) != LUA_TSTRING)
        return NULL;
    const char *text = lua_tolstring(L, index, &len);
    text = guard_error_text(text, &len);
    return mem_strndup(text, len);
}

static void read_failure(lua_State *L, int index, struct outcome *out)
{
    const struct failure *failure = lua_touserdata(L, index);
    out->err = failure->err;
    out->status = failure->status;
    out->retry_after = failure->retry_after;
    out->place = failure->place;
    lua_getiuservalue(L, index, MESSAGE);
    out->message = copy_text(L, -1);
    lua_getiuservalue(L, index, CLIENT);
    out->client = copy_text(L, -1);
    lua_pop(L, 2);
}

/* The length of "app.yaml:12: ", with which Lua begins what error() is given and its own messages. */
static size_t place_of(const char *message)
{
    size_t name = strcspn(message, ":\n");
    size_t line = message[name] == ':' ? strspn(message + name + 1, "0123456789") : 0;
    size_t end = name + 1 + line;
    return name > 0 && line > 0 && strncmp(message + end, ": ", 2) == 0 ? end + 2 : 0;
}

/* The kind of a code as docs/errors.md lists them. */
static enum ls_err kind_of(const char *code)
{
    for (int i = 1; i < err_count(); i++)
        if (strcmp(err_code((enum ls_err)i), code) == 0)
            return (enum ls_err)i;
    return LS_INTERNAL;
}

/* The members of a table that is an error.  failure_open() has made these texts, and keeps them:
 * looking one up takes no memory, of which there may be none. */
static const char *const members[] = {"kind", "status", "message"};

/* Pushes a member of the table. */
static void push_member(lua_State *L, int table, const char *name)
{
    lua_pushstring(L, name);
    lua_rawget(L, table);
}

static char *copy_member(lua_State *L, int table, const char *name)
{
    push_member(L, table, name);
    char *copy = copy_text(L, -1);
    lua_pop(L, 1);
    return copy;
}

/* The HTTP status that a table names; 0 when it names none. */
static int read_status(lua_State *L, int table)
{
    push_member(L, table, "status");
    lua_Integer status = lua_isinteger(L, -1) ? lua_tointeger(L, -1) : 0;
    lua_pop(L, 1);
    return status >= 400 && status <= 599 ? (int)status : 0;
}

/* error{kind = "validation_error", message = "…"}, error{status = 404, message = "…"}: a message
 * that the client may read. */
static void read_table(lua_State *L, int table, struct outcome *out)
{
    char *kind = copy_member(L, table, "kind");
    out->message = copy_member(L, table, "message");
    out->status = read_status(L, table);
    if (kind && kind_of(kind) != LS_INTERNAL) {
        out->err = kind_of(kind);
        if (!out->status)
            out->status = err_status(out->err);
    }
    if (out->status)
        out->client = mem_strdup(out->message);
    free(kind);
}

void failure_read(lua_State *L, struct outcome *failure)
{
    int index = lua_gettop(L);
    int type = lua_type(L, index);
    *failure = (struct outcome){.kind = OUTCOME_ERROR, .err = LS_INTERNAL};
    if (!lua_checkstack(L, 4))
        return;
    if (is_failure(L, index))
        read_failure(L, index, failure);
    else if (type == LUA_TTABLE)
        read_table(L, index, failure);
    else if (type == LUA_TNUMBER)
        failure->message = lua_isinteger(L, index)
                               ? mem_printf(LUA_INTEGER_FMT, lua_tointeger(L, index))
                               : mem_printf(LUA_NUMBER_FMT, lua_tonumber(L, index));
    else if ((failure->message = copy_text(L, index)))
        failure->place = place_of(failure->message);
    if (!failure->message)
        failure->message = mem_printf("the lambda raised an error that is a %s without a message",
                                      lua_typename(L, type));
}

/* ---- what a lambda sees of it ---- */

static int failure_index(lua_State *L)
{
    const struct failure *failure = lua_touserdata(L, 1);
    const char *name = lua_tostring(L, 2);
    if (name && strcmp(name, "kind") == 0)
        lua_pushstring(L, err_code(failure->err));
    else if (name && strcmp(name, "status") == 0)
        lua_pushinteger(L, failure->status ? failure->status : err_status(failure->err));
    else if (name && strcmp(name, "message") == 0)
        lua_getiuservalue(L, 1, MESSAGE);
    else
        lua_pushnil(L);
    return 1;
}

static int failure_tostring(lua_State *L)
{
    lua_settop(L, 1);
    if (!is_failure(L, 1))
        return luaL_error(L, "not an error of a runnable");
    lua_getiuservalue(L, 1, MESSAGE);
    return 1;
}

void failure_open(lua_State *L)
{
    enum { MEMBERS = sizeof members / sizeof *members };
    lua_createtable(L, MEMBERS, 3);
    for (int i = 0; i < MEMBERS; i++) {
        lua_pushstring(L, members[i]);
        lua_rawseti(L, -2, i + 1);
    }
    lua_pushcfunction(L, failure_index);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, failure_tostring);
    lua_setfield(L, -2, "__tostring");
    lua_pushboolean(L, false);
    lua_setfield(L, -2, "__metatable");
    lua_rawsetp(L, LUA_REGISTRYINDEX, &box_failure_key);
}
