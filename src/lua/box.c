#include "lua/box.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "lua/box_internal.h"

enum {
    MAX_IDLE = 64,    /* threads that are kept for later calls */
    LOAD_FACTOR = 10, /* how much longer than a call the loading of a file may take */
    NODE_BYTES = 24,  /* Lua's struct of a table's key and value */
    GC_EFFORT = 4, /* per cent of Lua's measure: for a large text it would walk over all at once */
    GC_STEP = 10,  /* after so many bytes (2^10) */
};

/* Whether a new block is for more keys of a table than are allowed: when a table grows, Lua moves all
 * keys that are not of its list at once, and cannot be interrupted.  Blocks of no type are Lua's
 * vectors; those for keys are a power of two long. */
static bool is_huge_table(size_t type, size_t size)
{
    size_t nodes = size / NODE_BYTES;
    return type == 0 && nodes > MOST_NODES && size % NODE_BYTES == 0 && (nodes & (nodes - 1)) == 0;
}

/* Whether the box may grow by so much: beyond its limit too, by half of its memory at most, until
 * the collector has run. */
static bool has_room(struct box *box, size_t more)
{
    size_t room = box->used < box->limit ? box->limit - box->used : 0;
    if (more <= room)
        return true;
    size_t beyond = box->used + more - box->limit;
    return beyond <= box->memory / 2 && guard_collect(box);
}

/* Counts what Lua holds; refuses what would pass the limit, never to make something smaller. */
static void *allocate(void *owner, void *old, size_t old_size, size_t size)
{
    struct box *box = owner;
    if (!old && is_huge_table(old_size, size)) {
        if (box->running)
            guard_of(box->running)->huge_table = true;
        return NULL;
    }
    if (!old)
        old_size = 0; /* it was a type */
    if (size == 0) {
        box->used -= old_size;
        box->large -= old_size >= LARGE_BYTES;
        free(old);
        return NULL;
    }
    if (size > old_size && !has_room(box, size - old_size))
        return NULL;
    void *made = realloc(old, size);
    if (!made)
        return size <= old_size ? old : NULL;
    box->used = box->used - old_size + size;
    box->large -= old_size >= LARGE_BYTES;
    box->large += size >= LARGE_BYTES;
    if (size > old_size)
        guard_charge(box, size < LARGE_BYTES ? size - old_size : DEBT_BYTES);
    return made;
}

/* ---- running what fills a box ---- */

/* Calls `fn` with `argument` on the box's main thread; *why as in box.h. */
static enum ls_err run_protected(struct box *box, lua_CFunction fn, const void *argument,
                                 char **why)
{
    lua_State *L = box->main;
    struct guard guard = {.box = box,
                          .since_us = clock_steady_us(),
                          .limit_us = box->time_us * LOAD_FACTOR};
    guard_set(L, &guard);
    guard_watch(L);
    box->running = L;
    lua_pushcfunction(L, fn);
    lua_pushlightuserdata(L, (void *)argument);
    int status = lua_pcall(L, 1, 0, 0);
    if (status && why)
        *why = mem_strdup(lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1)
                                                         : "an error without a text");
    lua_settop(L, 0);
    lua_sethook(L, NULL, 0, 0);
    guard_set(L, NULL);
    box->running = NULL;
    guard_hold_json(&guard, NULL);
    guard_hold_text(&guard, NULL);
    return status == LUA_OK ? LS_OK : status == LUA_ERRMEM ? LS_TOO_BIG : LS_BAD_SYNTAX;
}

static int open_library(lua_State *L)
{
    library_open(L);
    return 0;
}

struct box *box_new(const struct box_limits *limits, const char *path)
{
    struct box *box = mem_zalloc(1, sizeof *box);
    box->limit = SIZE_MAX; /* what every box holds does not count */
    box->memory = limits->memory;
    box->time_us = limits->time_ms * 1000;
    box->path = mem_strdup(path);
    box->function = LUA_NOREF;
    box->main = lua_newstate(allocate, box);
    if (!box->main || run_protected(box, open_library, NULL, NULL) != LS_OK)
        abort(); /* there is no memory for a small thing */
    lua_gc(box->main, LUA_GCCOLLECT);
    lua_gc(box->main, LUA_GCINC, 0, GC_EFFORT, GC_STEP);
    box->limit = box->used + limits->memory;
    return box;
}

void box_free(struct box **box)
{
    if (!*box)
        return;
    lua_close((*box)->main);
    free((*box)->idle);
    free((*box)->path);
    free(*box);
    *box = NULL;
}

size_t box_memory(const struct box *box)
{
    return box->used;
}

static int load_text(lua_State *L)
{
    struct box *box = guard_of(L)->box;
    modules_load_text(L, lua_touserdata(L, 1));
    box->function = luaL_ref(L, LUA_REGISTRYINDEX);
    box->takes_env = true;
    return 0;
}

enum ls_err box_load_text(struct box *box, const struct box_source *source, char **why)
{
    return run_protected(box, load_text, source, why);
}

struct wanted_function {
    const char *path, *function;
};

static int load_file(lua_State *L)
{
    const struct wanted_function *wanted = lua_touserdata(L, 1);
    modules_run_file(L, wanted->path); /* its result, its globals */
    lua_getfield(L, 3, wanted->function);
    if (!lua_isfunction(L, -1) && lua_istable(L, 2))
        lua_getfield(L, 2, wanted->function);
    if (!lua_isfunction(L, -1))
        return luaL_error(L, "%s has no function '%s'", wanted->path, wanted->function);
    guard_of(L)->box->function = luaL_ref(L, LUA_REGISTRYINDEX);
    return 0;
}

enum ls_err box_load_file(struct box *box, const char *path, const char *function, char **why)
{
    const struct wanted_function wanted = {path, function};
    return run_protected(box, load_file, &wanted, why);
}

bool box_takes_input(const struct box *box)
{
    lua_Debug debug;
    lua_rawgeti(box->main, LUA_REGISTRYINDEX, box->function);
    lua_getinfo(box->main, ">u", &debug);
    return debug.nparams > 0 || debug.isvararg;
}

static int require_module(lua_State *L)
{
    const char *name = lua_touserdata(L, 1);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &box_env_key);
    lua_getfield(L, -1, "require");
    lua_pushstring(L, name);
    lua_call(L, 1, 0);
    return 0;
}

enum ls_err box_require(struct box *box, const char *module, char **why)
{
    return run_protected(box, require_module, module, why);
}

/* ---- threads ---- */

static int new_thread(lua_State *L)
{
    struct idle_thread *made = lua_touserdata(L, 1);
    made->L = lua_newthread(L);
    made->ref = luaL_ref(L, LUA_REGISTRYINDEX);
    return 0;
}

lua_State *box_thread_take(struct box *box, int *ref)
{
    struct idle_thread thread = {0};
    if (box->idle_count > 0)
        thread = box->idle[--box->idle_count];
    else if (run_protected(box, new_thread, &thread, NULL) != LS_OK)
        return NULL;
    *ref = thread.ref;
    return thread.L;
}

void box_thread_give(struct box *box, lua_State *L, int ref, bool well)
{
    guard_set(L, NULL);
    if (!well || box->idle_count == MAX_IDLE) {
        luaL_unref(box->main, LUA_REGISTRYINDEX, ref);
        return;
    }
    lua_settop(L, 0);
    if (box->idle_count == box->idle_room) {
        box->idle_room = box->idle_room ? box->idle_room * 2 : 4;
        box->idle = mem_resize(box->idle, box->idle_room, sizeof *box->idle);
    }
    box->idle[box->idle_count++] = (struct idle_thread){L, ref};
}
