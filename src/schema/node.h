/* A compiled schema: a graph of nodes, owned by the schema's arena. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/pattern.h"
#include "schema/message.h"

enum node_kind {
    NODE_ANY,
    NODE_STRING,
    NODE_DATETIME, /* strings with a format */
    NODE_DATE,
    NODE_TIME,
    NODE_UUID,
    NODE_INTEGER,
    NODE_NUMBER,
    NODE_BOOLEAN,
    NODE_NULL,
    NODE_ENUM,
    NODE_ARRAY,
    NODE_SET,    /* an array whose items are unique */
    NODE_TUPLE,  /* an array whose first items have schemas of their own: options */
    NODE_DICT,   /* an object whose members are not declared */
    NODE_OBJECT, /* an object with declared members */
    NODE_NULLABLE,
    NODE_UNION,
    NODE_TAGGED, /* a union whose members are told apart by a property */
    NODE_REF,
};

enum node_extras { EXTRAS_DROP, EXTRAS_KEEP, EXTRAS_DECODE, EXTRAS_FORBID };

/* In the order in which pydantic checks them. */
enum node_limit { LIMIT_MULTIPLE, LIMIT_MOST, LIMIT_BELOW, LIMIT_LEAST, LIMIT_ABOVE, LIMIT_COUNT };

struct node;

struct member {
    const char *key;
    const struct node *node;
    json_t *fallback; /* the default; NULL: none */
    bool required;
};

struct option {
    const char *label; /* in the loc of errors; of a tagged union the tag */
    const struct node *node;
};

struct node {
    enum node_kind kind;
    const char *title; /* NULL: none */
    json_t *json;
    bool is_class;           /* NODE_OBJECT: errors speak of an instance of `title` */
    bool is_def;             /* stands in $defs: an enum there is a class, not a literal */
    bool any_keys;           /* NODE_DICT: of a message's content, named dict[any,any] */
    enum message_kind known; /* NODE_OBJECT: a class of LangChain's */
    bool is_sequence;        /* NODE_ARRAY: errors speak of a sequence */
    size_t least, most;      /* length of strings, arrays and NODE_DICT */
    struct pattern *pattern; /* NODE_STRING; NULL: none */
    bool trims;              /* NODE_STRING: white space around it is cut off */
    struct node *keys;       /* NODE_DICT: what its keys must be; NULL: anything */
    json_t *limits[LIMIT_COUNT];
    struct node *inner; /* items, values of NODE_DICT and of extras, what is nullable, target;
                           of a tuple its further items, NULL: there are none */
    enum node_extras extras;
    struct member *members;
    struct option *options;
    size_t count;         /* of members, options */
    json_t *declared;     /* NODE_OBJECT: an object with its members' keys */
    json_t *values;       /* NODE_ENUM */
    const char *expected; /* NODE_ENUM: its values; NODE_TAGGED: its tags, as messages show them */
    const char *tag_key;  /* NODE_TAGGED */
    const char *tag_name; /* NODE_TAGGED: the discriminator as messages show it */
    struct node *next;    /* NODE_UNION: the one compiled before it */
};

struct schema {
    struct arena *arena;
    struct node *root;
    struct node **defs; /* of its definitions, in their order */
    json_t *json;
};

/* What a reference stands for. */
static inline const struct node *node_target(const struct node *node)
{
    while (node->kind == NODE_REF)
        node = node->inner;
    return node;
}

/* The name that pydantic gives a node as a member of a union, e.g. "list[str]". */
const char *node_label(struct arena *arena, const struct node *node);

/* The values of an enum as messages show them: "'a', 'b' or 'c'". */
const char *node_expected(struct arena *arena, const json_t *values);
