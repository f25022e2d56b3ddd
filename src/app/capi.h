/* Behind the public headers: the C API makes the nodes that YAML is read into, so that both are
 * checked and built by the same code.  A place names the function that made it. */
#pragma once

#include <langserved/langserved.h>
#include <stdarg.h>

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

/* The node of JSON text, or, when that is no JSON, one that no option accepts and whose text says
 * so. */
struct node *capi_json(struct arena *arena, const char *function, const char *json);

/* A string's node; of NULL the node of null. */
struct node *capi_text(struct arena *arena, const char *function, const char *text);

/* Sets a member to a text, where there is one. */
void capi_set_text(struct arena *arena, struct node *map, const char *function, const char *key,
                   const char *text);

/* Makes `arena` own `runnable` and returns its node; NULL gives the node of null. */
struct node *capi_take(struct arena *arena, const char *function, ls_runnable *runnable);

/* Adds the members of a JSON object to `map`, those already there are replaced; what is no object
 * becomes a member that no mapping knows. */
void capi_merge(struct arena *arena, struct node *map, const char *function, const char *json);

/* A runnable whose node is still to be set. */
ls_runnable *capi_runnable_new(void);

/* Gives `runnable` a mapping of one kind key; returns it. */
ls_runnable *capi_of_kind(ls_runnable *runnable, const char *function, const char *key,
                          struct node *value);

/* A list of the runnables up to LS_END. */
struct node *capi_take_list(struct arena *arena, const char *function, ls_runnable *first,
                            va_list args);

/* A mapping of the pairs up to LS_END; a key given twice is told where its runnable stands. */
struct node *capi_take_pairs(struct arena *arena, const char *function, const char *first,
                             va_list args);

/* The runnable as a mapping that can carry the modifier `key`: one that has it already, or is a
 * name or a list, becomes the value of `chain`. */
ls_runnable *capi_with(ls_runnable *runnable, const char *function, const char *key);

/* Adds the modifier, or a modifier that is written as JSON. */
ls_runnable *capi_with_node(ls_runnable *runnable, const char *key, struct node *value);
ls_runnable *capi_with_json(ls_runnable *runnable, const char *function, const char *key,
                            const char *json);
