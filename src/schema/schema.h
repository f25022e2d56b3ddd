/* JSON Schemas as routes use them: compiled once, then values are decoded against them as
 * pydantic does by default (lax mode), with its error list.
 *
 * What is understood: type (one or a list), properties, required, default, items, enum, const,
 * anyOf, oneOf (with the discriminator by `type` of the message unions), $ref into $defs,
 * additionalProperties: false or a schema, minLength, maxLength, pattern (as text only: refused
 * when the app is loaded), minimum, maximum, exclusive…, multipleOf, minItems, maxItems, format
 * as an annotation.  Anything else that would restrict values is an error at load time, not
 * silently ignored. */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"

struct schema;

/* Compiles `json` (borrowed; a reference is kept).  LS_BAD_CONFIG with a sentence in `why` (256
 * bytes) that names the place within the schema when it is no schema or not understood. */
enum ls_err schema_compile(struct schema **out, json_t *json, char why[256]) LS_MUST_CHECK;

/* Takes a fault of a schema: where it is (a JSON pointer into it, "" for the whole) and a sentence;
 * both borrowed. */
typedef void schema_fault_fn(void *owner, const char *pointer, const char *text);

/* Tells every fault of a schema; false when there is any. */
bool schema_check(json_t *json, schema_fault_fn *on_fault, void *owner);

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
