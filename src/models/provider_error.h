/* What providers of models say is wrong, in our words. */
#pragma once

#include <jansson.h>

#include "base/arena.h"
#include "run/outcome.h"

/* How a run ends that was answered `status` with `body` (an error object of OpenAI's, Anthropic's
 * or Ollama's form, or NULL when it was no JSON); the texts are in `arena`, and `key` does not
 * stand in them. */
struct outcome provider_failure(struct arena *arena, int status, const json_t *body,
                                const char *key);
