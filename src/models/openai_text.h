/* Between texts and OpenAI's JSON; as openai_wire.h has it for messages.  An id has no place in a
 * text. */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "models/openai.h"

json_t *openai_text_request(const struct openai_options *options, json_t *kwargs, json_t *prompt,
                            bool stream);
json_t *openai_text_whole(const json_t *answer, const char *id, const char **why);
bool openai_text_answers(const json_t *event);
json_t *openai_text_chunk(const json_t *event, const char *id);
