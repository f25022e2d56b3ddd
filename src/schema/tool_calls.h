/* The tool calls of AI messages: filling in before decoding, deriving after it. */
#pragma once

#include <jansson.h>
#include <stdbool.h>

/* Gives each call of `message` (changed) its type and what may be left out, and takes calls over
 * that stand in additional_kwargs only, or among `blocks` (what came as content_blocks, borrowed;
 * NULL: nothing).  `pieces`: the message is a chunk. */
void tool_calls_prepare(json_t *message, json_t *blocks, bool pieces);

/* Makes the calls of a decoded chunk from the pieces of them in it, or the other way round; in the
 * last chunk those that the provider itself ran are made of their pieces. */
void tool_calls_complete(json_t *message);
