/* Between LangChain's messages and Ollama's JSON. */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "models/http_model.h"

/* model_dialect.request, whole and chunk. */
json_t *ollama_request(const struct model_options *options, json_t *kwargs, json_t *messages,
                       bool stream, const char **why);
json_t *ollama_message(const struct model_reading *reading, const json_t *answer, const char **why);
json_t *ollama_chunk(struct model_reading *reading, json_t *event);

/* The tool calls of an answer's message: those that are well, and those whose arguments are no
 * object, each a new reference to a list.  Ollama gives no ids: they are invented. */
void ollama_calls(const json_t *given, json_t **valid, json_t **invalid);
