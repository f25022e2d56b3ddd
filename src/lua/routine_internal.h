/* For routine*.c only. */
#pragma once

#include "lua/box_internal.h"
#include "lua/failure.h"
#include "lua/routine.h"

struct routine {
    struct guard guard;
    struct box *box;
    lua_State *L;
    int ref; /* of L in the registry */
    struct routine_setup setup;
    bool long_running; /* a slice of it was used up */
    bool over;         /* it ended well: its thread can be used again */
    bool asks;         /* it has yielded for `ask`, and not for time */
    struct ask ask;
    json_t *answer;         /* to the ask; NULL: `refusal` is raised */
    struct outcome refusal; /* its texts are owned */
    json_t *result;
    struct outcome failure; /* its texts are owned */
};

static inline struct routine *routine_of(lua_State *L)
{
    return guard_of(L) ? guard_of(L)->owner : NULL;
}

/* Pushes an error of another runnable as a value that pcall() gives and error() raises again. */
void failure_push(lua_State *L, const struct outcome *outcome);

/* What the value on the top, which ended a routine, stands for; texts are owned.  Raises
 * nothing. */
void failure_read(lua_State *L, struct outcome *failure);

/* Makes the metatable of such values. */
void failure_open(lua_State *L);
