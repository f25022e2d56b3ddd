/* What the files of the sandbox share: the state behind a box.
 *
 * Each thread of a state carries a pointer to the guard of what runs on it, in its extra space: the
 * clock that its hook looks at.  What works long without the hook's notice (an allocation, a walk
 * over a text) is charged to the box by bytes, and the hook is called early then. */
#pragma once

#include <jansson.h>
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include "lua/box.h"

enum {
    HOOK_INSTRUCTIONS = 200, /* between two looks at the clock */
    HOOK_OFTEN = 10,         /* while there are texts or tables so large that one instruction may */
    LARGE_BYTES = 64 << 10,  /* take long: as large as this */
    SLICE_US = 2000,         /* how long a routine runs before others do */
    DEBT_BYTES = 256 << 10,  /* of memory touched between two looks at the clock */
    VALUE_SLOTS = 6,         /* of the stack, for one level of a value */
    MOST_NODES = 16384,      /* keys of a table that are not of its list */
};

/* Why what runs may not go on; no pcall() holds it up. */
enum doom { DOOM_NONE, DOOM_TIME, DOOM_MEMORY };

/* The time of what runs on a thread. */
struct guard {
    struct box *box;
    int64_t used_us, since_us; /* before this slice; when it began */
    int64_t limit_us;
    enum doom doom;
    int collects;    /* cycles of the collector, at most, before it may run on */
    bool huge_table; /* it was refused one */
    void *owner;     /* the routine; NULL while a file is loaded */
    json_t *json; /* held by a C function while Lua may raise an error, or until the next slice */
    char *text;
};

/* A thread that is not in use. */
struct idle_thread {
    lua_State *L;
    int ref;
};

struct box {
    lua_State *main;
    size_t used, limit;
    size_t memory;        /* what the limit leaves to the lambda */
    size_t large;         /* blocks of at least LARGE_BYTES */
    size_t debt;          /* bytes touched since the hook looked at the clock */
    bool touched;         /* these were many, since it looked at how deep the calls are */
    struct guard *holder; /* the one that holds something while others run: at most one of a box,
                             for that does not count as its memory; or NULL */
    lua_State *running;   /* the thread whose hook is called early; NULL: none runs */
    int64_t time_us;
    char *path;     /* of modules, or NULL */
    int function;   /* references in the registry */
    bool takes_env; /* the function is a text of ours, whose third argument is its globals */
    bool sealed;    /* loaded: require() reads no more files */
    struct idle_thread *idle;
    size_t idle_count, idle_room;
};

/* Keys of the registry. */
extern const char box_env_key, box_shapes_key, box_failure_key, box_modules_key, box_protect_key;

/* The guard of the thread. */
static inline struct guard *guard_of(lua_State *L)
{
    return *(struct guard **)lua_getextraspace(L);
}

static inline void guard_set(lua_State *L, struct guard *guard)
{
    *(struct guard **)lua_getextraspace(L) = guard;
}

/* guard.c: readies a thread's hook; notes that `bytes` were walked over. */
void guard_watch(lua_State *L);
void guard_charge(struct box *box, size_t bytes);

/* Goes on with `then`; in the routine's next slice, when this one is over and no other routine holds
 * something already. */
int guard_pause(lua_State *L, lua_KFunction then);

/* An error's text without the place in the prelude that Lua puts before it: that was compiled without
 * lines, and is no place of the lambda's. */
const char *guard_error_text(const char *text, size_t *len);

/* Has the routine that runs wait for the collector before its next instruction; false: none does. */
bool guard_collect(struct box *box);

/* Has the guard own something in place of what it held (both freed later, at the latest with it). */
void guard_hold_json(struct guard *guard, json_t *json);
void guard_hold_text(struct guard *guard, char *text);

/* library.c: makes the globals of lambdas and puts them in the registry; on a protected stack. */
void library_open(lua_State *L);

/* The files of src/lua/prelude, one behind the other. */
extern const unsigned char prelude_text[];
extern const size_t prelude_len;

/* Each leaves a table of C functions for the prelude on the stack. */
void guard_open(lua_State *L);
void string_open(lua_State *L);
void text_open(lua_State *L);
void base64_open(lua_State *L);
void json_open(lua_State *L);
void routine_open(lua_State *L);
void metatables_open(lua_State *L);
void modules_open(lua_State *L);
void metrics_library_open(lua_State *L);

/* metatables.c: whether a table's metatable is not to be changed (one more value on the stack then);
 * lets go of what belongs to a call that has ended. */
bool metatables_protect(lua_State *L, int index);
void metatables_forget(lua_State *L);

/* modules.c: compiles the box's function from its source and leaves it on the stack. */
void modules_load_text(lua_State *L, const struct box_source *source);

/* Runs a file and leaves its result and its globals. */
void modules_run_file(lua_State *L, const char *path);

/* A thread that is ready for a call, with its reference, or NULL when there is no memory. */
lua_State *box_thread_take(struct box *box, int *ref);

/* Gives a thread back; one whose call did not end well is let go of. */
void box_thread_give(struct box *box, lua_State *L, int ref, bool well);
