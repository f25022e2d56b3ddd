/* Tools, the choice among them, and forms of answers, as they are written for any provider. */
#pragma once

#include <jansson.h>
#include <stdbool.h>

/* The function {name, description?, parameters} that a tool is (new reference): written so, in
 * OpenAI's long form, in Anthropic's with `input_schema`, or as a JSON Schema with a title.  NULL:
 * it is none of them, but something of the provider's own. */
json_t *tool_function(json_t *tool);

/* A JSON Schema that allows no members but those it names, at any depth (new reference), as strict
 * tools must have it. */
json_t *tool_strict_schema(const json_t *schema);

/* A JSON Schema without the titles at any depth (new reference). */
json_t *tool_untitled_schema(const json_t *schema);

/* A tool in OpenAI's long form (new reference); what is the provider's own is itself. */
json_t *tool_long_form(json_t *tool, bool strict);

/* The tools of a list in OpenAI's long form (new reference). */
json_t *tools_long_form(const json_t *tools, bool strict);

/* The schema in OpenAI's `response_format`, with the name and the description that stand beside it
 * there (new reference); NULL when it holds none. */
json_t *tool_response_schema(const json_t *format);

/* Whether, and which, tools are to be called. */
enum tool_choice {
    TOOL_CHOICE_UNSAID,
    TOOL_CHOICE_AUTO,
    TOOL_CHOICE_NONE,
    TOOL_CHOICE_ANY,
    TOOL_CHOICE_NAMED,
    TOOL_CHOICE_OTHER, /* an object of the provider's own */
};

/* Reads auto, none, any, required, true, a tool's name, or an object of OpenAI's or Anthropic's
 * form; *name is the tool's (borrowed) where one is named. */
enum tool_choice tool_choice_read(const json_t *choice, const char **name);
