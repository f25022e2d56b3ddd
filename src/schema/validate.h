/* Strict validation by JSON Schema, draft 2020-12: a value fits or it does not, and nothing is
 * coerced or filled in.  (What routes do with their inputs is decoding: schema.h.)
 *
 * References are resolved within the schema, the documents given along with it and the draft's own
 * meta-schemas; nothing is fetched.  A validator is immutable and may be used from any thread.
 * The cost of a check is bounded by steps, depth and the effort of patterns. */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"

struct validator;

struct validator_options {
    json_t *documents;   /* URI → schema: what references may name; NULL: nothing */
    const char *uri;     /* where the schema itself is from; NULL: nowhere */
    bool assert_formats; /* "format" restricts, where it is known; otherwise it is a note */
    size_t max_steps;    /* of a check: a keyword, item or member each; 0: a million */
};

/* Compiles `schema` (borrowed, copied); `options` NULL: the defaults.  LS_BAD_CONFIG with a
 * sentence in `why` (256 bytes) that names the place when it is no schema. */
enum ls_err validator_compile(struct validator **out, const json_t *schema,
                              const struct validator_options *options, char why[256]) LS_MUST_CHECK;

/* Drops it; nulls *validator. */
void validator_free(struct validator **validator);

/* Checks `value` (borrowed).  LS_BAD_INPUT: it does not fit; LS_TOO_BIG: that took too many steps.
 * `errors` may be NULL; *errors is then a new reference to a list (NULL when all is well) of
 * {"instanceLocation": JSON pointer, "schemaLocation": URI with a pointer, "error": sentence}. */
enum ls_err validator_check(const struct validator *validator, json_t *value,
                            json_t **errors) LS_MUST_CHECK;
