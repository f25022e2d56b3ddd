/* Strict validation, inside the folder.
 *
 * A schema is compiled to nodes, one for each subschema that can be reached; a node is a list of
 * rules, one for each keyword that restricts.  What a keyword is, how its value must look and what
 * it checks is a row of the table in validate_keywords.c. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/pattern.h"
#include "schema/validate.h"

enum {
    VALIDATE_MAX_NESTING = 512, /* schemas inside each other */
    VALIDATE_MAX_DEPTH = 1500,  /* schemas applied inside each other, references included */
    VALIDATE_MAX_ERRORS = 100,  /* further ones are left out */
    VALIDATE_STEPS = 1000000,
};

/* ---- compiled schemas ---- */

struct vnode;
struct rule;
struct check;
struct marks;

/* Where in the value we are; a list on the stack, innermost first. */
struct at {
    const struct at *up;
    const char *key; /* NULL: an index */
    size_t index;
};

/* What a keyword's value must be. */
enum shape {
    SHAPE_NOTE,     /* anything */
    SHAPE_COUNT,    /* a number, whole and not negative */
    SHAPE_NUMBER,   /* a number */
    SHAPE_STEP,     /* a number above 0 */
    SHAPE_FLAG,     /* true or false */
    SHAPE_LIST,     /* a list */
    SHAPE_NAMES,    /* a list of strings */
    SHAPE_NAME_MAP, /* an object of lists of strings */
    SHAPE_TYPES,    /* a type or a list of them */
    SHAPE_TEXT,     /* a string */
    SHAPE_PATTERN,  /* a regular expression */
    SHAPE_SCHEMA,   /* a schema */
    SHAPE_SCHEMAS,  /* a list of schemas */
    SHAPE_MEMBERS,  /* an object of schemas */
    SHAPE_PATTERNS, /* the same, its keys are regular expressions */
    SHAPE_REF,      /* a reference */
};

enum subject { OF_ANY, OF_NUMBER, OF_STRING, OF_ARRAY, OF_OBJECT };

/* Checks `value` by a rule; notes errors unless check->errors is NULL. */
typedef bool rule_fn(struct check *check, const struct rule *rule, json_t *value,
                     const struct at *at, struct marks *marks);

enum { VOCABULARY_VALIDATION = 1, VOCABULARY_FORMAT = 2 };

struct keyword {
    const char *name;
    enum shape shape;
    enum subject subject; /* values of other types always pass */
    int vocabulary;       /* it counts only where this is in use; 0: always */
    rule_fn *check;       /* NULL: it restricts nothing by itself */
};

/* The row of a keyword, or NULL. */
const struct keyword *keyword_find(const char *name);

/* All rows in the order in which they are checked; the last has no name. */
const struct keyword *keyword_table(void);

struct rule {
    const struct keyword *keyword;
    const struct vnode *node;
    json_t *value;
    struct vnode **parts;      /* the schemas in `value`, in its order; what is referred to */
    struct pattern **patterns; /* in the order of `value` */
    const char *dynamic;       /* $dynamicRef: the anchor that is looked for; NULL: parts[0] */
};

struct anchor {
    struct anchor *next;
    const char *name;
    struct vnode *node;
    bool is_dynamic;
};

/* A schema with an identifier of its own. */
struct resource {
    const char *uri;
    struct anchor *anchors;
    int vocabularies; /* in use */
};

struct vnode {
    json_t *json;
    struct resource *resource;
    const char *place; /* JSON pointer within the resource */
    struct rule *rules;
    size_t count;
    bool is_queued, is_unevaluated; /* it looks at what its other keywords have evaluated */
    struct vnode *next;             /* in the queue of what is to be compiled */
};

struct validator {
    struct arena *arena;
    struct vnode *root;
    size_t max_steps;
};

/* ---- compiling ---- */

/* A name under which a schema can be referred to. */
struct document {
    struct document *next;
    const char *uri;
    struct vnode *root;
};

struct registry {
    struct arena *arena;
    json_t *documents; /* those given, or NULL */
    struct document *known;
    void *nodes;         /* a tree (tsearch) of those known by their JSON */
    struct vnode *queue; /* to be compiled */
    int vocabularies;    /* where nothing is said */
    char *why;
};

/* Takes a schema in under `uri`, with all that is in it; NULL: registry->why says why. */
struct vnode *registry_add(struct registry *registry, const char *uri, const json_t *json);

/* The node of the subschema `json` of `up` at the pointer `place`; NULL: refused. */
struct vnode *registry_node(struct registry *registry, const struct vnode *up, json_t *json,
                            const char *place);

/* What `ref` in `from` refers to; *anchor: its plain-name fragment, or NULL.  NULL: refused. */
struct vnode *registry_resolve(struct registry *registry, const struct vnode *from, const char *ref,
                               const char **anchor);

/* The pointer to the member `key` of what is at `place`; in the arena. */
const char *registry_place(struct registry *registry, const char *place, const char *key);

/* Says what is wrong in `node`; returns false. */
bool registry_refuse(struct registry *registry, const struct vnode *node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The anchor of a resource, or NULL. */
struct anchor *anchor_find(const struct resource *resource, const char *name);

/* Forgets which JSON is which node. */
void registry_fini(struct registry *registry);

/* A meta-schema of the draft, or NULL (new reference). */
json_t *metaschema_find(const char *uri);

/* `ref` without its fragment, against `base`, by RFC 3986; in the arena. */
const char *uri_resolve(struct arena *arena, const char *base, const char *ref);

/* ---- checking ---- */

/* The resources that we are in, innermost first. */
struct dynamic_scope {
    const struct dynamic_scope *up;
    const struct resource *resource;
};

struct check {
    json_t *errors; /* NULL: quiet */
    size_t steps_left;
    uint64_t pattern_cost;
    int depth;
    const char *exhausted; /* why the check was given up, or NULL */
    const struct dynamic_scope *scope;
};

/* What has been evaluated of a value: the results of keywords that unevaluated… looks at. */
struct marks {
    bool *items;     /* NULL: none of them */
    json_t *members; /* NULL: none of them */
};

/* Checks `value`; what it evaluated goes to `marks` (NULL: nobody asks). */
bool check_node(struct check *check, const struct vnode *node, json_t *value, const struct at *at,
                struct marks *marks);

/* The same without errors. */
bool check_quietly(struct check *check, const struct vnode *node, json_t *value,
                   const struct at *at, struct marks *marks);

/* Counts steps; false: there are none left. */
bool check_spend(struct check *check, size_t steps);

/* Whether a pattern is found; gives up when it takes too long. */
bool check_pattern(struct check *check, const struct pattern *pattern, const char *text,
                   size_t len);

/* Notes an error; returns false. */
bool check_fail(struct check *check, const struct rule *rule, const struct at *at,
                const char *format, ...) __attribute__((format(printf, 4, 5)));

void mark_item(struct marks *marks, const json_t *array, size_t i);
void mark_member(struct marks *marks, const char *key);

/* The rule of the same schema for the keyword `name`, or NULL. */
const struct rule *rule_sibling(const struct rule *rule, const char *name);

/* Values as JSON Schema compares them: 1 is 1.0, the order of members does not matter.  The hash
 * is the same for what is equal. */
bool value_equal(const json_t *a, const json_t *b);
uint64_t value_hash(const json_t *value);

/* Whether a number is whole, "1.0" included. */
bool number_is_whole(const json_t *number);

/* -1, 0 or 1, exactly. */
int number_compare(const json_t *a, const json_t *b);

/* Whether `number` is a whole multiple of `step` (above 0), by their shortest decimal digits. */
bool number_is_multiple(const json_t *number, const json_t *step);

/* Whether `text` keeps the format `name`; unknown formats always fit. */
bool format_fits(const char *name, const char *text, size_t len);

/* Its formats of another file. */
bool format_is_hostname(const char *text);
bool format_is_ipv4(const char *text);
bool format_is_ipv6(const char *text);
bool format_is_email(const char *text);
bool format_is_uri(const char *text);
bool format_is_uri_reference(const char *text);

/* The keywords' checks. */
rule_fn check_type, check_enum, check_const, check_maximum, check_exclusive_maximum, check_minimum,
    check_exclusive_minimum, check_multiple, check_max_length, check_min_length, check_text_pattern,
    check_format, check_max_items, check_min_items, check_unique, check_prefix_items, check_items,
    check_contains, check_unevaluated_items, check_max_properties, check_min_properties,
    check_required, check_dependent_required, check_properties, check_pattern_properties,
    check_additional, check_property_names, check_dependent_schemas, check_unevaluated_properties,
    check_all_of, check_any_of, check_one_of, check_not, check_if, check_ref;
