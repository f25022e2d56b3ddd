/* What grows while chunks are joined; for gather*.c only.
 *
 * A node holds one value: a reference to the only one that came, or, from the second on, a private
 * accumulator.  Its rule says how later values join it.  The accumulator of a list or an object
 * holds nodes of its own where an element or a member has grown. */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "base/buf.h"

enum rule {
    RULE_ADD,     /* a chain's values: text, lists and numbers add, objects member by member */
    RULE_MERGE,   /* kwargs, metadata, content blocks: lists merge by their elements' index */
    RULE_CONTENT, /* a message's content: text or a list of blocks */
    RULE_MESSAGE, /* a message chunk: by the name of the field */
    RULE_FIRST,   /* the first that is not null stays */
    RULE_NEWEST,  /* the last that is not null stays */
    RULE_SAME,    /* text that is said again counts once; else as RULE_MERGE */
    RULE_INDEX,   /* numbers: the newest; text that begins with "lc_": the first */
    RULE_ID,      /* the first id of a provider, else of a run, else any */
};

enum node_kind { NODE_HELD, NODE_TEXT, NODE_LIST, NODE_OBJECT };

struct member {
    char *key;
    struct gather_node *node;
};

struct gather_node {
    enum node_kind kind;
    enum rule rule;
    json_t *value; /* HELD: the value, borrowed by reference; LIST: the elements so far, private */
    struct buf text;            /* TEXT */
    struct gather_node **grown; /* LIST: the elements that have grown, by place, else NULL */
    size_t grown_count;         /* LIST: places in `grown` */
    struct member *members;     /* OBJECT: in their order */
    size_t member_count, member_room;
    json_t *places; /* OBJECT: key -> place; LIST: an element's index -> its first place */
};

/* A node that holds a reference to `value`. */
struct gather_node *grown_new(json_t *value, enum rule rule);

/* Frees a node and what it holds; NULL is harmless. */
void grown_free(struct gather_node *node);

/* Joins `value` (borrowed) to the node by the node's rule. */
void grown_join(struct gather_node *node, json_t *value);

/* Joins an object that is replaced below `depth` of its keys; 0: replaces the whole. */
void grown_replace(struct gather_node *node, json_t *value, int depth);

/* The value so far, a new reference; later joins do not change it. */
json_t *grown_build(const struct gather_node *node);

/* What kind of value the node holds. */
json_type grown_type(const struct gather_node *node);

/* The node's text, or NULL when it holds none. */
const char *grown_text(const struct gather_node *node);

/* Makes the accumulator of a node that holds an object. */
void grown_to_object(struct gather_node *node);

/* The node under `key` of an accumulated object, or NULL. */
struct gather_node *grown_find(const struct gather_node *node, const char *key);

/* Joins the elements of `list` to a node that holds a list. */
void grown_list_join(struct gather_node *node, json_t *list);

/* Adds text to the last element of a list, or behind it: LangChain's habit for content. */
void grown_list_join_text(struct gather_node *node, json_t *text);

/* Makes a node that holds text the list of that text and the elements of `list`. */
void grown_list_from_text(struct gather_node *node, json_t *list);

/* The list so far; frees what a list holds. */
json_t *grown_list_build(const struct gather_node *node);
void grown_list_fini(struct gather_node *node);

/* How the member `key` of an object with `rule` joins. */
enum rule rule_of_member(enum rule rule, const char *key);

/* How much an id is worth: of a provider 2, of a run 1, any other 0, none -1. */
int id_rank(const char *id);
