/* Decoding, inside the folder.
 *
 * Unions are tried quietly, without errors; only when no member fits, the members are gone
 * through again for their errors.  Within unions what an object or array decodes to is
 * remembered by node and value, so that nested unions do not multiply. */
#pragma once

#include <string.h>

#include "base/err.h"
#include "schema/node.h"

enum {
    DECODE_MAX_ERRORS = 1000, /* further ones are left out */
    DECODE_MAX_DEPTH = 2048,  /* steps into a value, a few for each array and object */
};

enum exactness { MATCH_LAX, MATCH_STRICT, MATCH_EXACT };

/* How well a value fitted: pydantic's measure for the best member of a union. */
struct match {
    enum exactness exactness;
    int fields; /* declared members that were given; -1: no object was involved */
};

/* Where in the value we are; a list on the stack, innermost first. */
struct path {
    const struct path *up;
    const char *key; /* NULL: an index */
    size_t index;
};

struct memo_entry {
    const struct node *node; /* NULL: free */
    json_t *value, *out;     /* references; out NULL: it does not fit */
    struct match match;
};

struct decode {
    json_t *errors; /* NULL: quiet */
    struct match match;
    uint64_t pattern_cost; /* of all searches so far */
    int depth, unions;     /* steps and unions around this place */
    struct memo_entry *memo;
    size_t memo_size, memo_used;
};

/* Decodes `value`; a new reference, or NULL when it does not fit (errors are then noted).
 * decode->match is lowered to how well it fitted. */
json_t *decode_node(struct decode *decode, const struct node *node, json_t *value,
                    const struct path *path);

json_t *decode_scalar(struct decode *decode, const struct node *node, json_t *value,
                      const struct path *path);
json_t *decode_string(struct decode *decode, const struct node *node, json_t *value,
                      const struct path *path);
json_t *decode_time(struct decode *decode, const struct node *node, json_t *value,
                    const struct path *path);
json_t *decode_uuid(struct decode *decode, json_t *value, const struct path *path);
json_t *decode_list(struct decode *decode, const struct node *node, json_t *value,
                    const struct path *path);
json_t *decode_set(struct decode *decode, const struct node *node, json_t *value,
                   const struct path *path);
json_t *decode_tuple(struct decode *decode, const struct node *node, json_t *value,
                     const struct path *path);
json_t *decode_dict(struct decode *decode, const struct node *node, json_t *value,
                    const struct path *path);
json_t *decode_object(struct decode *decode, const struct node *node, json_t *value,
                      const struct path *path);
json_t *decode_union(struct decode *decode, const struct node *node, json_t *value,
                     const struct path *path);
json_t *decode_tagged(struct decode *decode, const struct node *node, json_t *value,
                      const struct path *path);

/* Lowers how well the value fits to at most `exactness`. */
static inline void decode_floor(struct decode *decode, enum exactness exactness)
{
    if (decode->match.exactness > exactness)
        decode->match.exactness = exactness;
}

/* The text of a string; "" when a NUL is within, for what compares or reads whole text. */
static inline const char *decode_text(const json_t *value)
{
    const char *text = json_string_value(value);
    return text && strlen(text) == json_string_length(value) ? text : "";
}

/* What `a` and `b`, parts of one value, are together. */
struct match match_both(struct match a, struct match b);

/* What is remembered of `value` at `node`, or NULL. */
const struct memo_entry *memo_find(const struct decode *decode, const struct node *node,
                                   const json_t *value);

/* Remembers it; takes references of its own. */
void memo_add(struct decode *decode, const struct node *node, json_t *value, json_t *out,
              struct match match);

/* Notes that `value` is an object of one of LangChain's classes already, not a map. */
void decode_note_object(struct decode *decode, json_t *value);
bool decode_is_object(const struct decode *decode, const json_t *value);

/* Frees what is remembered. */
void memo_free(struct decode *decode);

/* Reads whole text as pydantic reads a number from a string.  LS_BAD_SYNTAX: it is none;
 * LS_TOO_BIG: none of 64 bits. */
enum ls_err number_read_int(const char *text, json_int_t *out) LS_MUST_CHECK;
enum ls_err number_read_real(const char *text, double *out) LS_MUST_CHECK;

/* `text` without the white space (Unicode's White_Space) around it: where it begins; *len: in and
 * out. */
const char *text_trimmed(const char *text, size_t *len);

/* Notes an error at `path`; `ctx` (may be NULL) is taken over. */
void error_add(struct decode *decode, const struct path *path, const char *type, json_t *input,
               json_t *ctx, const char *format, ...) __attribute__((format(printf, 6, 7)));
