/* The schemas of LangChain's own types: messages, documents, prompt values. */
#pragma once

#include <jansson.h>

/* The input of a chat model: anyOf string, StringPromptValue, ChatPromptValueConcrete, a list of
 * messages, with the $defs it needs and `title`.  New reference. */
json_t *well_known_model_input(const char *title);

/* A message of any of the twelve types (oneOf), with its $defs and `title`.  New reference. */
json_t *well_known_message(const char *title);

/* A property of a prompt's input that takes a list of messages; `$defs` to go with it are in
 * *defs (new reference).  New reference. */
json_t *well_known_message_list(const char *title, json_t **defs);

/* The prompt value unions that a prompt template gives (its output schema), with `title`.  New
 * reference. */
json_t *well_known_prompt_output(const char *title);

/* The $defs of `schema`, moved out of it (new reference, NULL when there are none): for a schema
 * that becomes part of another. */
json_t *well_known_take_defs(json_t *schema);
