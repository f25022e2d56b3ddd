/* `${NAME}` and `${NAME:-default}` in option values; `$${` is a literal `${`. */
#pragma once

#include "yaml/node.h"
#include "yaml/problems.h"

/* The node itself when there is nothing to replace; else a new one in `arena`, with `secret` set
 * when anything came from the environment.  A string that was a plain scalar of one `${…}` alone is
 * still a string: option readers accept text that spells a number.  A variable that is not set and
 * has no default is an error naming it; an unclosed `${` or a bad name too: what is returned then
 * is of no use.  As in a shell, `:-` also stands in for a variable that is empty. */
const struct node *interpolate(struct arena *arena, const struct node *string,
                               struct problems *problems);
