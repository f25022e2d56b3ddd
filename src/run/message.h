/* Messages, as the wire carries them: JSON objects with a "type" and a "content". */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

/* A model's whole answer, type "ai", in the wire's order of keys; `id` may be NULL.  Its content
 * is `text`; the rest is empty and may be set by key, but not changed in place: message_own() is
 * for that.  New reference. */
json_t *message_ai(const char *text, size_t len, const char *id);

/* A piece of a model's answer, type "AIMessageChunk"; as message_ai(). */
json_t *message_ai_chunk(const char *text, size_t len, const char *id);

/* A message of one of the plain types "human" and "system", in the wire's order of keys. */
json_t *message_plain(const char *type, json_t *content);

/* An empty `value` (taken over) under `key` of a message that is still private; returns it, for
 * what is to be put into it. */
json_t *message_own(json_t *message, const char *key, json_t *value);

/* Whether `value` is a fragment of an AI message: an object whose type ends in "MessageChunk". */
bool message_is_chunk(const json_t *value);

/* Whether `value` is the empty chunk behind a streamed answer that only says that it was the last:
 * LangChain does not count it as part of what the model gave. */
bool message_is_end_mark(const json_t *value);

/* Sets `tool_calls` and `invalid_tool_calls` of an AI chunk from its `tool_call_chunks`, as
 * LangChain's AIMessageChunk does: arguments are read as far as they have come, what is no object
 * is invalid.  Changes `chunk`, which must be private. */
void message_read_tool_calls(json_t *chunk);

/* The whole message (type "ai") that the sum of an AI message's chunks stands for; other values
 * are themselves.  New reference. */
json_t *message_whole(json_t *sum);

/* Appends the text of a message, whose content may be a list of blocks, or plain text onto `out`;
 * false when `value` is neither. */
bool message_add_text(struct buf *out, const json_t *value);

/* The messages that `input` of a chat model stands for: text (one human message), a list of
 * messages, a prompt value, or one message.  Messages may be written {type, content},
 * {role, content}, [role, text] or as bare text.  *out is a new reference to a list of messages
 * in the wire's form; LS_BAD_VALUE with a static sentence in `why`. */
enum ls_err message_list(json_t **out, json_t *input, const char **why) LS_MUST_CHECK;

/* The message that `value` stands for (new reference), NULL when it is none. */
json_t *message_read(json_t *value);
