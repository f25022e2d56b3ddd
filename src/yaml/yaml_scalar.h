/* Plain scalars of YAML 1.2's core schema: which text is null, true, a number, a string. */
#pragma once

#include "yaml/node.h"
#include "yaml/problems.h"

/* The node that plain text stands for (a NODE_STRING when it is nothing else).  Numbers that JSON
 * does not have or that do not fit are errors; the node is the string then. */
struct node *yaml_scalar(struct arena *arena, const char *text, size_t len, struct place place,
                         struct problems *problems);
