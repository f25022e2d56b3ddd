/* JSON Schemas as routes use them: compiled once, then values are decoded against them as
 * pydantic does by default (lax mode), with its error list.
 *
 * What is understood is in docs/types.md, and in the table of keywords.c.  Anything else that would
 * restrict values is an error at load time, not silently ignored.  (Strict validation, with all
 * keywords of JSON Schema, is validate.h.) */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

struct schema;

/* Compiles `json` (borrowed; a reference is kept).  LS_BAD_CONFIG with a sentence in `why` (256
 * bytes) that names the place within the schema when it is no schema or not understood. */
enum ls_err schema_compile(struct schema **out, json_t *json, char why[256]) LS_MUST_CHECK;

/* Takes a fault of a schema: where it is (a JSON pointer into it, "" for the whole) and a sentence;
 * both borrowed. */
typedef void schema_fault_fn(void *owner, const char *pointer, const char *text);

/* Tells every fault of a schema; false when there is any. */
bool schema_is_sound(json_t *json, schema_fault_fn *on_fault, void *owner);

/* Drops a compiled schema; nulls *schema. */
void schema_free(struct schema **schema);

/* The JSON it was compiled from (borrowed). */
json_t *schema_json(const struct schema *schema);

/* Decodes `value` (borrowed, never changed).  LS_OK: *out is a new reference to the value as
 * pydantic would give it: coerced ("41" → 41 for an integer), defaults filled in, members of
 * objects with declared properties in the order pydantic gives (declared first), messages,
 * documents and prompt values in their canonical wire form; the same value when nothing had to
 * change.  LS_BAD_INPUT: *errors is a new reference to the error list [{type, loc, msg, input,
 * ctx?, url}…] in pydantic's order.  Cost is bounded by the value's size times the schema's
 * depth. */
enum ls_err schema_decode(const struct schema *schema, json_t *value, json_t **out,
                          json_t **errors) LS_MUST_CHECK;

/* An error list in a line: "text: Field required; items.0: …" (free() it).  `errors` may be any
 * JSON, such as a server's `detail`; NULL when it is no such list. */
char *schema_errors_text(const json_t *errors);

/* A check of the app's own, for what a schema cannot say; checks are a list. */
struct schema_check {
    /* Whether `value` (borrowed, not to be changed) is right; if not, `why` says it in a sentence
     * for the client. */
    bool (*fn)(const struct schema_check *check, const json_t *value, struct buf *why);
    void *owner;                     /* the function's, not ours */
    const char *member;              /* the member of the input that it is about; NULL: all of it */
    const struct schema_check *next; /* NULL: this is the last */
};

/* schema_decode(), then all `checks` (NULL: none) on what it gave.  One that fails is an error of
 * pydantic's for a validator that raised ValueError: type value_error, msg "Value error, why",
 * `input` what was given there, ctx {"error": {}}.  Checks of members that are not there are left
 * out. */
enum ls_err schema_decode_checked(const struct schema *schema, const struct schema_check *checks,
                                  json_t *value, json_t **out, json_t **errors) LS_MUST_CHECK;
