/* JsonOutputToolsParser, JsonOutputKeyToolsParser and PydanticToolsParser: the tool calls that a
 * model makes. */
#pragma once

#include "run/runnable.h"
#include "stages/tool_results.h"

/* A new instance; `options` is copied, its key_name too, the tools (allocated with mem_alloc) are
 * taken over. */
struct runnable *parse_tools_new(const struct tool_results_options *options);
