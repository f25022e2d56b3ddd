/* The classes of LangChain's whose values are more than their schema says. */
#pragma once

#include <jansson.h>
#include <stdbool.h>

enum message_kind {
    MESSAGE_NONE,        /* no such class */
    MESSAGE_DOCUMENT,    /* no message, but lists and maps are empty by default there too */
    MESSAGE_PROMPT,      /* a prompt value of messages: any sequence of them, so errors differ */
    MESSAGE_OUTPUT,      /* an agent's or model's output, or a prompt value of text */
    MESSAGE_CHAT_OUTPUT, /* the same with a message, whose text it has */
    MESSAGE_PLAIN,
    MESSAGE_AI,
    MESSAGE_AI_CHUNK,
    MESSAGE_TOOL,
};

/* Which class a definition named `title` with the constant `type` is (NULL: it has none). */
enum message_kind message_kind_of(const char *title, const char *type);

/* Whether a definition named `title` is a plain map with known keys, not a class. */
bool message_is_map(const char *title);

/* Whether an object of the class with the constant `type` is one of the class `title` too. */
bool message_is_a(const char *type, const char *title);

/* What stands for `value` (an object) before it is decoded: content first, tool calls with their
 * type, and so on.  New reference; `value` is not changed. */
json_t *message_prepare(enum message_kind kind, json_t *value);

/* What stands for the value of a member: an id that is a number is text (new reference). */
json_t *message_member(enum message_kind kind, const char *key, json_t *value);

/* Makes what a decoded message derives from its own members: the tool calls of a chunk from
 * pieces of them and the other way round.  Changes and returns `decoded`. */
json_t *message_complete(enum message_kind kind, json_t *decoded);
