/* Behind the public headers: the C API makes the nodes that YAML is read into, so that both are
 * checked and built by the same code.  A place names the function that made it. */
#pragma once

#include <langserved/langserved.h>

#include "yaml/node.h"

struct ls_runnable {
    struct arena *arena; /* of the node and of all the runnables taken over */
    struct node *node;   /* never NULL */
};

/* A place without a line: the function of the C API that made something. */
static inline struct place capi_place(const char *function)
{
    return (struct place){.file = function};
}

/* A runnable whose node is still to be set. */
ls_runnable *capi_new(void);

/* The node of JSON text, or, when that is no JSON, one that no option accepts and whose text says
 * so. */
struct node *capi_json(struct arena *arena, const char *function, const char *json);

/* A string's node; of NULL the node of null. */
struct node *capi_text(struct arena *arena, const char *function, const char *text);

/* Makes `arena` own `runnable` and returns its node; NULL gives the node of null. */
struct node *capi_take(struct arena *arena, const char *function, ls_runnable *runnable);

/* Adds the members of a JSON object to `map`, those already there are replaced; what is no object
 * becomes a member that no mapping knows. */
void capi_merge(struct arena *arena, struct node *map, const char *function, const char *json);
