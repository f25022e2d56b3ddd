/* LangSmith as its own environment variables name it. */
#pragma once

#include "base/arena.h"
#include "observe/langsmith_trace.h"
#include "routes/langsmith.h"
#include "yaml/problems.h"

/* How LangSmith is reached, in `arena`; NULL unless its tracing is on: LANGSMITH_TRACING (or
 * LANGSMITH_TRACING_V2, LANGCHAIN_TRACING_V2, LANGCHAIN_TRACING) is `true`.  LANGSMITH_ENDPOINT and
 * LANGSMITH_API_KEY (or LANGCHAIN_…) say the rest; where these cannot be used that is warned of at
 * `place`, and nothing is traced. */
const struct langsmith *langsmith_from_env(struct arena *arena, struct place place,
                                           struct problems *problems);

/* What is traced there, in `arena`; NULL when nothing is.  LANGSMITH_PROJECT, _HIDE_INPUTS,
 * _HIDE_OUTPUTS, _HIDE_METADATA and _TRACING_SAMPLING_RATE (or LANGCHAIN_…) say what.  A rate that is none is
 * an error at `place`. */
const struct langsmith_traces *langsmith_traces_from_env(const struct langsmith *langsmith,
                                                         struct arena *arena, struct place place,
                                                         struct problems *problems);
