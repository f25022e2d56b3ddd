/* LangSmith as its own environment variables name it. */
#pragma once

#include "base/arena.h"
#include "routes/langsmith.h"

/* How LangSmith is reached, in `arena`; NULL unless its tracing is on: LANGSMITH_TRACING (or
 * LANGSMITH_TRACING_V2, LANGCHAIN_TRACING_V2, LANGCHAIN_TRACING) is `true`.  LANGSMITH_ENDPOINT and
 * LANGSMITH_API_KEY (or LANGCHAIN_…) say the rest. */
const struct langsmith *langsmith_from_env(struct arena *arena);
