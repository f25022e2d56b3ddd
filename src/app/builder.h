/* From runnable expressions to runnables.
 *
 * An expression is a node, whether it was read from YAML or made by the C API's constructors; what
 * is wrong with it goes to the builder's problems, all of it, and building goes on. */
#pragma once

#include "app/written.h"
#include "run/runnable.h"
#include "yaml/node.h"
#include "yaml/problems.h"

enum { BUILD_MAX_DEPTH = 3072 }; /* of expressions, and of runnables (struct runnable.depth) */

enum named_sort { NAMED_CHAIN, NAMED_MODEL };
enum named_state { NAMED_UNBUILT, NAMED_BUILDING, NAMED_BUILT };

/* A name under `chains:` or `models:`. */
struct named {
    const char *name;
    struct place place; /* of the name */
    enum named_sort sort;
    enum named_state state;
    const struct node *node;
    struct runnable *runnable; /* once built; NULL when it could not be */
    bool used;
};

struct app_metrics;
struct lua_options;
struct price_list;

struct builder {
    struct arena *arena; /* of nodes and texts; outlives the builder */
    struct problems *problems;
    struct named *names;
    size_t count;
    unsigned depth;                /* of expressions inside each other */
    bool unrouted;                 /* what is built now is part of no route */
    bool caches;                   /* a step was built that keeps its results */
    bool remembers;                /* a step was built that has a history */
    bool asks;                     /* a step was built that asks another server */
    bool paced;                    /* a model was built that has a rate */
    bool by_name;                  /* a step was built that may run any chain by its name */
    bool chosen;                   /* the environment chose a name: any of them may be meant */
    bool foreign;                  /* a client of ours said at which address what is built asks */
    const struct lua_options *lua; /* of the app */
    const void **natives;          /* for identity_of(): the C API's things that it has met */
    size_t native_count;
    const struct app_metrics *metrics; /* of the app */
    const struct price_list *prices;   /* of the app; NULL: none */
    struct written written;
};

/* Readies a builder in the caller's storage. */
void builder_init(struct builder *builder, struct arena *arena, struct problems *problems);

/* Drops its runnables. */
void builder_fini(struct builder *builder);

/* Makes the members of `section` (a NODE_MAP; NULL: none) known as names. */
void builder_add_names(struct builder *builder, const struct node *section, enum named_sort sort);

/* Whether a name stands for a runnable. */
bool builder_knows(struct builder *builder, const char *name);

/* Builds the names that no route has asked for yet, last of all. */
void builder_build_names(struct builder *builder);

/* The runnable an expression describes (a new reference), NULL when it has a mistake. */
struct runnable *build_expression(struct builder *builder, const struct node *node);

/* The runnable that a name (a NODE_STRING) stands for (a new reference), NULL when there is none or
 * it has a mistake; both are told. */
struct runnable *build_name(struct builder *builder, const struct node *node);

/* The options of the model of that name (a NODE_MAP), or NULL. */
const struct node *builder_model(struct builder *builder, const char *name);

/* The expression of the chain of that name, or NULL. */
const struct node *builder_chain(struct builder *builder, const char *name);

/* The named model, or the inline model a mapping describes. */
struct runnable *build_model(struct builder *builder, const struct node *node);

/* Notes that a step may run the chain or model of that name; tells when there is none. */
void builder_refer(struct builder *builder, const char *name, struct place place);

/* A sequence of the expressions of a NODE_LIST. */
struct runnable *build_sequence(struct builder *builder, const struct node *list);
