/* What models of texts (LangChain's LLM) share: the schema of what they give, and the reading of
 * their input.  The schema of their input is a chat model's. */
#pragma once

#include "run/runnable.h"
#include "run/scope.h"

/* runnable_ops.output_schema of every model of texts. */
json_t *text_model_output_schema(const struct runnable *runnable);

/* What is to be done with the text (borrowed, a string) that a model was given. */
typedef void text_model_fn(void *owner, json_t *prompt);

/* A sink that gathers a model's input and calls `fn` with its text.  An input that is not well, or
 * has no text, ends `out` and `fn` is not called. */
struct sink *text_model_input(struct scope *scope, struct sink *out, text_model_fn *fn,
                              void *owner);
