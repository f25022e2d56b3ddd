/* How steps and their values are shown to clients. */
#pragma once

#include "base/buf.h"
#include "run/observer.h"

/* "chain", "prompt", "chat_model", …: the word of events; of run logs too, but that these call
 * chat models "llm". */
const char *step_type_word(const struct step *step);

/* Whether LangChain's events tell of the step's chunks, and of its input only at its end. */
bool step_tells_chunks(const struct step *step);
bool step_tells_input_late(const struct step *step);

bool step_is_model(const struct step *step);

/* Whether the step's input has names in traces: {"messages": [[…]]} of a chat model, {"prompts":
 * […]} of a model of texts, {"query": …} of a retriever, a tool's arguments. */
bool step_names_input(const struct step *step);

/* That object (new reference).  NULL when it is no input for a model: LangChain refuses that before
 * the model's run begins. */
json_t *step_named_input(const struct step *step, json_t *input);

/* The object, without the members whose names begin with two underscores: those are for the
 * server's own use. */
void step_print_metadata(struct buf *out, const json_t *metadata);
json_t *step_metadata(const struct step *step); /* new reference */

/* The list of the ids of all above the step, the root first. */
void step_print_parents(struct buf *out, const struct step *step);

/* `"` ID `"` */
void step_print_id(struct buf *out, const struct uuid *id);

void step_print_string(struct buf *out, const char *text);

/* A value as clients see it: a prompt of messages has no type there, as LangServe prints it.  New
 * reference. */
json_t *step_shown(json_t *value);

/* A value (NULL: null) as clients see it.  One whose text has more than `limit` bytes becomes {"omitted_bytes": N}; 0: no
 * limit. */
void step_print_value(struct buf *out, json_t *value, size_t limit);

/* What a model's run gave, as LangChain's LLMResult (new reference); `output` NULL: nothing. */
json_t *step_model_result(const struct step *step, json_t *output);

/* A text as LangChain's Generation (new reference). */
json_t *step_generation(json_t *text);

/* The moment with milliseconds, in quotes, as Python's isoformat() writes it: "…+00:00". */
void step_print_time(struct buf *out, int64_t wall_us);
