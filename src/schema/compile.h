/* Compiling, inside the folder. */
#pragma once

#include "schema/node.h"
#include "schema/schema.h"

/* A place within the schema; a list on the stack, innermost first. */
struct place {
    const struct place *up;
    const char *key;
    int depth;
};

struct compiler {
    struct arena *arena;
    json_t *json;
    struct node *root;
    json_t *defs;        /* the definitions, or NULL */
    struct node **nodes; /* of the definitions, in their order */
    struct node *last;   /* the union compiled last */
    bool shares;         /* the nodes of LangChain's types are common to all schemas */
    bool in_message;     /* within a class of LangChain's */
    schema_fault_fn *on_fault;
    void *owner;
};

/* Compiles `json` into `node`; false: it is refused, what is wrong was told.  Compiling goes on
 * behind a fault, to find the others. */
bool compile_node(struct compiler *compiler, struct node *node, json_t *json,
                  const struct place *place);

/* compile_node() of the member `key` of the schema at `up`: a new node, or NULL. */
struct node *compile_part(struct compiler *compiler, json_t *json, const struct place *up,
                          const char *key);

/* Says what is wrong at `place`, or with the keyword `key` there; returns false. */
bool compile_refuse(struct compiler *compiler, const struct place *place, const char *key,
                    const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Reads the length `key` of the schema of `node`, 0 and up; `fallback` when it is not given. */
bool compile_length(struct compiler *compiler, const struct node *node, const char *key,
                    size_t fallback, size_t *out, const struct place *place);

/* The pattern `text` for strings at `node`. */
bool compile_pattern(struct compiler *compiler, struct node *node, const char *text, size_t len,
                     const struct place *place);

/* The forms of a schema. */
bool compile_string(struct compiler *compiler, struct node *node, const struct place *place);
bool compile_array(struct compiler *compiler, struct node *node, const struct place *place);
bool compile_object(struct compiler *compiler, struct node *node, const struct place *place);
bool compile_union(struct compiler *compiler, struct node *node, json_t *members,
                   const struct place *place);
bool compile_one_of(struct compiler *compiler, struct node *node, json_t *members,
                    const struct place *place);

/* The definition or root that a reference names: its JSON and node; false: there is none. */
bool compile_find(struct compiler *compiler, const char *ref, json_t **json, struct node **node);
