/* The schemas of LangChain's own types: messages, documents, prompt values. */
#pragma once

#include <jansson.h>
#include <stdbool.h>

struct schema;

/* The input of a chat model: anyOf string, StringPromptValue, ChatPromptValueConcrete, a list of
 * messages, with the $defs it needs and `title`.  New reference. */
json_t *well_known_model_input(const char *title);

/* A message of any of the twelve types (oneOf), with its $defs and `title`.  New reference. */
json_t *well_known_message(const char *title);

/* A property of a prompt's input that takes a list of messages; `$defs` to go with it are in
 * *defs (new reference).  New reference. */
json_t *well_known_message_list(const char *title, json_t **defs);

/* A list of documents, with its $defs and `title` (taken over).  New reference. */
json_t *well_known_document_list(json_t *title);

/* The prompt value unions that a prompt template gives (its output schema), with `title`.  New
 * reference. */
json_t *well_known_prompt_output(const char *title);

/* Any of LangChain's types: messages, documents, prompt values, agent actions and finishes,
 * generations, LLM results (oneOf), with its $defs and `title`.  New reference. */
json_t *well_known_any(const char *title);

/* well_known_any(), compiled; schema_free() it. */
struct schema *well_known_compile(void);

/* What a LangServe client makes of a server's answer: every object within `value` that is of one
 * of LangChain's types by its `type` comes out in its canonical form; the rest stays.  `known` is
 * of well_known_compile().  Nothing is constructed: what claims to be a type and is not, as
 * {"lc": 1, "type": "constructor", …}, is data.  New reference. */
json_t *well_known_decode(const struct schema *known, json_t *value);

/* The $defs of `schema`, moved out of it (new reference, NULL when there are none): for a schema
 * that becomes part of another. */
json_t *well_known_take_defs(json_t *schema);

/* ---- between the files ---- */

/* Adds the definitions of messages and prompt values to `defs`.  They are the same JSON each time,
 * in whatever schema they come to stand: nothing in them may be changed. */
void well_known_add_defs(json_t *defs);

/* Whether any schema has such definitions. */
bool well_known_is_used(void);

/* {"$ref": "#/$defs/title"}; new reference. */
json_t *well_known_reference(const char *title);
