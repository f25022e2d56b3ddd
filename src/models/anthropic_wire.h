/* Between LangChain's messages and Anthropic's JSON; pure functions. */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "models/http_model.h"

/* model_dialect.request, whole and chunk. */
json_t *anthropic_request(const struct model_options *options, json_t *kwargs, json_t *messages,
                          bool stream, const char **why);
json_t *anthropic_message(const struct model_reading *reading, const json_t *answer,
                          const char **why);
json_t *anthropic_chunk(struct model_reading *reading, json_t *event);

/* `messages` in the API's form (new reference to a list), and the system prompt into *system (new
 * reference, or NULL).  NULL: *why says what is wrong (static). */
json_t *anthropic_messages(json_t *messages, json_t **system, const char **why);

/* A message's content, a list of blocks, in the API's form (new reference): what it does not take
 * is left out or written its way.  NULL: *why says what is wrong (static). */
json_t *anthropic_content(const json_t *message, json_t *blocks, const char **why);

/* A call's id as the API takes it (new reference): others than letters, digits, _ and - are
 * digested, the same in a call and its result. */
json_t *anthropic_call_id(json_t *id);

/* A `tool_use` block of a tool call, valid or not (new reference). */
json_t *anthropic_tool_use(const json_t *call);

/* `usage` in LangChain's form (new reference), NULL when there is none. */
json_t *anthropic_usage(const json_t *usage);
