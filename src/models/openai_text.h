/* Between texts and OpenAI's JSON; as openai_wire.h has it for messages.  An id has no place in a
 * text. */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "models/http_model.h"

json_t *openai_text_request(const struct model_options *options, json_t *kwargs, json_t *prompt,
                            bool stream, const char **why);
json_t *openai_text_whole(const struct model_reading *reading, const json_t *answer,
                          const char **why);
json_t *openai_text_chunk(struct model_reading *reading, json_t *event);
json_t *openai_text_llm_output(const struct model_options *options, const json_t *answer);
