/* Where something in a Lua text stands in the YAML file that holds the text. */
#pragma once

#include "yaml/node.h"
#include "yaml/problems.h"

/* The place of the text's first line. */
struct place lua_place_first(const struct node *text);

/* Adds an error of Lua's, "file:line: sentence near 'token'", at the place that it means. */
void lua_place_error(struct problems *problems, const struct node *text, const char *why);

/* Warns where YAML may have taken Lua for a comment: `x == nil or #x`. */
void lua_place_warn(struct problems *problems, const struct node *text);
