/* What models of texts are asked: LangChain's get_buffer_string(). */
#pragma once

#include <jansson.h>

#include "base/err.h"

/* The text that `input` of a model of texts stands for (*out, a new reference to a string): text, a
 * prompt of text, or messages, in any form that chat models take, each as a line "Human: …".
 * LS_BAD_VALUE with a static sentence in `why`. */
enum ls_err prompt_text(json_t **out, json_t *input, const char **why) LS_MUST_CHECK;
