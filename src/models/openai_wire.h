/* Between LangChain's messages and OpenAI's JSON; pure functions. */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "models/openai.h"

/* The body of a request for an answer to `messages` (in the wire's form); `kwargs` (an object, or
 * NULL) are parameters of this call, which count more than the model's own.  New reference. */
json_t *openai_request(const struct model_options *options, json_t *kwargs, json_t *messages,
                       bool stream, const char **why);

/* A message's content as the API takes it (new reference), NULL when it cannot be sent: *why says
 * why (static). */
json_t *openai_content(json_t *content, const char **why);

/* Adds to a body what every request has: model, stream, the model's parameters, those of the call;
 * `most_tokens` is the request's name of `max_tokens`. */
void openai_add_parameters(json_t *body, const struct model_options *options, json_t *kwargs,
                           bool stream, const char *most_tokens);

/* The first choice in an answer or event, which may hold a piece of another one; NULL when there
 * is none. */
const json_t *openai_first_choice(const json_t *event);

/* The message of a whole answer (new reference), NULL when it holds none: *why says what is wrong
 * (static). */
json_t *openai_message(const struct model_reading *reading, const json_t *answer, const char **why);

/* The chunk of one event of a stream (new reference), NULL when it carries nothing. */
json_t *openai_chunk(struct model_reading *reading, json_t *event);

/* What openai_chunk() gives for the event of that JSON text, or the text of it alone (new
 * reference), read without making values of the event; NULL: only openai_chunk() can say. */
json_t *openai_delta(struct model_reading *reading, const char *data, size_t len, bool takes_text);

/* The chunk of an event that says nothing but a text (new reference). */
json_t *openai_text_message(const struct model_reading *reading, json_t *text);

/* `usage` in LangChain's form (new reference), NULL when there is none. */
json_t *openai_usage(const json_t *usage);
