/* JSON in a model's answer while it arrives, as LangChain's JsonOutputParser reads it: text
 * around a ``` fence is ignored, what is still open counts as closed, half a key, number or
 * escape is left out.
 * The snapshots never shrink: one that would lose something already given is not given.  Feeding
 * costs time in the text's length alone, however it is cut; a snapshot copies the open containers
 * and the open string and shares all finished values.
 * Where it differs from Python: NaN and infinities read as null, whole numbers beyond 64 bits as
 * doubles, lone surrogates (and NUL in keys) as U+FFFD; a text that ends inside \uXXXX keeps the
 * string read so far.
 * Owner: the run that reads the answer. */
#pragma once

#include <jansson.h>
#include <stddef.h>

#include "base/err.h"

struct partial_json;

enum { PARTIAL_JSON_WHY_SIZE = 256 };

/* A reader for texts of at most `limit` bytes. */
struct partial_json *partial_json_new(size_t limit);

/* Frees a reader (or NULL) and nulls *ptr. */
void partial_json_free(struct partial_json **ptr);

/* Reads the next `len` bytes of UTF-8, which may be cut anywhere.  LS_TOO_BIG: the limit or the
 * greatest depth (JSON_MAX_DEPTH) is passed; LS_BAD_SYNTAX: no UTF-8.  The error stays. */
enum ls_err partial_json_feed(struct partial_json *partial, const char *text,
                              size_t len) LS_MUST_CHECK;

/* The value so far (yours, to be treated as immutable), or NULL when nothing is there that was
 * not in the last one given. */
json_t *partial_json_snapshot(struct partial_json *partial);

/* The value of the whole text into *value (yours), as lenient as LangChain: what cannot be read
 * at the end is cut off, and null is the value of a text whose brackets do not match.
 * LS_PARSE_FAILED with a sentence in `why` when there is no JSON in it; or the error of feeding. */
enum ls_err partial_json_finish(struct partial_json *partial, json_t **value,
                                char why[PARTIAL_JSON_WHY_SIZE]) LS_MUST_CHECK;

/* The object that `text` (a JSON string; NULL and other values count as "") spells so far, as the
 * arguments of a tool call do: {} for no text, NULL when it is no object (new reference). */
json_t *partial_json_object(const json_t *text);
