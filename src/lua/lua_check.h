/* Checks of a route's input in Lua: what a schema cannot say.
 *
 * A check runs at once, on the loop's thread: it is given a few milliseconds and may not wait. */
#pragma once

#include "lua/box.h"
#include "schema/schema.h"

enum { LUA_CHECK_MS = 20 }; /* the most that a check's box should allow it */

/* A check that calls the function in `box` (taken over) with the input.  It is right when that
 * gives nothing or true; a text says what is wrong, as does error{status = 422, message = "…"}.
 * Other errors are logged, and the client hears that the input could not be checked. */
struct schema_check *lua_check_new(struct box *box);

/* Frees a check; a `void (*)(void *)` for arenas. */
void lua_check_free(void *check);
