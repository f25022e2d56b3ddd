/* The tool calls of an AI message as LangChain's tools parsers show them. */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "base/buf.h"
#include "schema/schema.h"

/* A tool whose arguments a schema describes. */
struct tool {
    char *name;
    struct schema *schema;
};

struct tool_results_options {
    const char *key_name; /* only calls of this tool, and of them the arguments; NULL: all */
    bool first_tool_only; /* the first call, or null; not a list */
    bool return_id;       /* with the calls' ids */
    struct tool *tools;
    size_t count; /* of tools; 0: calls of any tools, whose arguments nobody checks */
};

/* What is shown of `message` into *value (new reference).  `partial`: more of it may come, so that
 * calls that do not fit yet are left out.  LS_PARSE_FAILED with a sentence in `why`. */
enum ls_err tool_results(json_t **value, const json_t *message,
                         const struct tool_results_options *options, bool partial,
                         struct buf *why) LS_MUST_CHECK;
