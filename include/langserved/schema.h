/* JSON Schema, draft 2020-12, strictly: a value fits or it does not, nothing is coerced or filled
 * in.  (What a route does with its inputs is decoding, as pydantic does it: docs/types.md.)
 *
 * References are resolved within the schema and to the draft's own meta-schemas; nothing is
 * fetched.  "format" is a note, as the draft has it.  A validator never changes and may be used
 * from any thread. */
#pragma once

#include <jansson.h>
#include <langserved/error.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ls_validator ls_validator;

/* Compiles `schema` (borrowed, copied) into *made, to be freed with ls_validator_free().
 * LS_BAD_CONFIG when it is no schema: *made is NULL and `why`, if not NULL, of `why_size` bytes,
 * gets a sentence that names the place. */
LS_API enum ls_err ls_validator_new(ls_validator **made, const json_t *schema, char *why,
                                    size_t why_size);

/* Frees a validator, or NULL. */
LS_API void ls_validator_free(ls_validator *validator);

/* Checks `value` (borrowed).  LS_BAD_INPUT: it does not fit; LS_TOO_BIG: that took more than a
 * million steps.  `errors` may be NULL; *errors is then NULL when all is well, else a list to be
 * given to json_decref(), of {"instanceLocation": JSON pointer, "schemaLocation": URI with a
 * pointer, "error": sentence}. */
LS_API enum ls_err ls_validate(const ls_validator *validator, json_t *value, json_t **errors);

#ifdef __cplusplus
}
#endif
