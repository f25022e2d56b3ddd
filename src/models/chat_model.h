/* What chat models share: schemas, ids, and the reading of their input. */
#pragma once

#include "run/runnable.h"
#include "run/scope.h"

/* runnable_ops.input_schema and output_schema of every chat model. */
json_t *chat_model_input_schema(const struct runnable *runnable);
json_t *chat_model_output_schema(const struct runnable *runnable);

/* The ids LangChain gives a model's messages: "lc_run--<run id>" for chunks, with "-0" behind it
 * for a whole answer.  In the scope's arena. */
const char *chat_model_message_id(struct scope *scope, const struct uuid *run_id, bool whole);

/* What is to be done with the messages (borrowed) that a model was given. */
typedef void chat_model_fn(void *owner, json_t *messages);

/* A sink that gathers a model's input and calls `fn` with its messages.  An input that is not
 * well, or no messages, ends `out` and `fn` is not called. */
struct sink *chat_model_input(struct scope *scope, struct sink *out, chat_model_fn *fn,
                              void *owner);

/* The empty chunk (new reference) that marks the end of a streamed answer. */
json_t *chat_model_last_chunk(const char *id);
