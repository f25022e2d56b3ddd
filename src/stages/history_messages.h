/* Which messages an input asks with, and which an output answers with. */
#pragma once

#include <jansson.h>

#include "base/arena.h"
#include "base/err.h"

/* The messages that `value` stands for: text (of a human), a message, a list of messages, or an
 * object that holds one of these under `key` (NULL: its only member, or "input").  *out is a new
 * reference; LS_BAD_VALUE with a sentence in `arena`. */
enum ls_err history_asked(struct arena *arena, json_t **out, json_t *value, const char *key,
                          const char **why) LS_MUST_CHECK;

/* The same of an output; text is an AI's, and the member without a key is "output".  Pieces of
 * messages are made whole. */
enum ls_err history_answered(struct arena *arena, json_t **out, json_t *value, const char *key,
                             const char **why) LS_MUST_CHECK;
