/* A prompt as one text, as LangChain's to_string() writes it. */
#pragma once

#include <jansson.h>

/* The text of a prompt value, of messages or of plain text: "Human: …" a line for each message
 * (new reference, a string); NULL when `value` is none of these. */
json_t *prompt_text(json_t *value);
