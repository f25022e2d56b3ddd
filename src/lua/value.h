/* Values between JSON and Lua.
 *
 * An object's table remembers the order of its keys, and which of them were null; an array's that
 * it is an array.  That is kept beside the tables, not in them: a lambda sees plain tables.  Text,
 * integers and floats stay what they are; null is nil in an object, json.null in an array. */
#pragma once

#include <jansson.h>
#include <lua.h>

enum { VALUE_WHY = 200 };

/* Pushes `value`; NULL and null: nil.  Raises an error when there is no memory. */
void value_push(lua_State *L, const json_t *value);

/* As value_push(), but null is json.null: for elements, and for chunks of a stream. */
void value_push_element(lua_State *L, const json_t *value);

/* The value at `index` as JSON (new reference), at most half of the box's memory; NULL when it
 * cannot be one, and `why` says where and why not.  Raises no error, calls no metamethod. */
json_t *value_read(lua_State *L, int index, char why[VALUE_WHY]);

/* Marks the table at `index` as an array. */
void value_mark_array(lua_State *L, int index);
