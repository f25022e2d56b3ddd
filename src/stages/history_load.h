/* The two steps that a history takes, under the names that LangChain's traces show. */
#pragma once

#include "stages/history.h"

/* `load_history`: gives the messages of the past, and behind them what the input asks where the past
 * has no member of its own.  `options` outlives it. */
struct runnable *history_load_new(const struct history_options *options);

/* `check_sync_or_async`: runs `bound` (taken over) once its input is there as a whole. */
struct runnable *history_around_new(struct runnable *bound);
