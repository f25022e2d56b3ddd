/* A value that remembers where it was written: what YAML text is read into, and what the C API's
 * constructors build, so that both are checked and built by the same code.
 *
 * Nodes live in an arena and never change once the tree is handed on. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/* Where something was written: a line and a column (both from 1) of a file, or, with line 0, the
 * C constructor that made it.  `file` lives as long as the node's arena. */
struct place {
    const char *file;
    int line, column;
};

enum node_kind {
    NODE_NULL,
    NODE_BOOL,
    NODE_INT,
    NODE_REAL,
    NODE_STRING,
    NODE_LIST,
    NODE_MAP,
    NODE_NATIVE, /* a thing of the C API that no text can spell; its kind knows what it is */
};

struct node_member {
    const char *key;
    size_t key_len;
    struct place key_place;
    struct node *value;
};

struct node {
    enum node_kind kind;
    struct place place;
    bool secret; /* it came from the environment: never print it */
    union {
        bool boolean;
        int64_t integer;
        double real;
        void *native; /* borrowed: owned by the arena */
        struct {
            const char *text; /* UTF-8, NUL behind */
            size_t len;
            bool block;   /* written under `|` or `>`: the text begins on the next line */
            bool literal; /* `${` in it is no reference to the environment */
        } string;
        struct {
            struct node **items;
            size_t count, cap;
        } list;
        struct {
            struct node_member *members; /* in order */
            size_t count, cap;
        } map;
    } as;
};

/* "a string", "a list", …: the kind in a sentence. */
const char *node_kind_name(enum node_kind kind);

/* New nodes in `arena`. */
struct node *node_new(struct arena *arena, enum node_kind kind, struct place place);
struct node *node_new_string(struct arena *arena, const char *text, size_t len, struct place place);

/* Appends to a NODE_LIST; adds a member (the key is copied, and not in it yet) to a NODE_MAP. */
void node_append(struct arena *arena, struct node *list, struct node *item);
void node_set(struct arena *arena, struct node *map, const char *key, struct node *value);

/* As node_set(), with a place for the key and a key that may hold a NUL. */
void node_set_at(struct arena *arena, struct node *map, struct node_member member);

/* Adds a member of another mapping as it is: node_key() is the same of both. */
void node_set_as(struct arena *arena, struct node *map, const struct node_member *member);

/* The member of a NODE_MAP under `key`, or NULL. */
const struct node *node_get(const struct node *map, const char *key);

/* Whether the mapping (NULL: none) says something under `key`: null is not said. */
bool node_says(const struct node *map, const char *key);

/* An address that tells this member from all others, for its value may be written in one place and
 * stand in several (an alias); NULL: there is no such member. */
const void *node_key(const struct node *map, const char *key);

/* Where the part of `node` that a JSON pointer ("/a/0") leads to was written: a member's key, an
 * item; or the innermost part on the way there that exists. */
struct place node_place_at(const struct node *node, const char *pointer);

/* The node as a JSON value (new reference). */
json_t *node_to_json(const struct node *node);

/* A JSON value as a node, each part with the same place. */
struct node *node_from_json(struct arena *arena, const json_t *value, struct place place);
