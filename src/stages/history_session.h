/* Which conversation a run belongs to. */
#pragma once

#include "base/arena.h"
#include "stages/history.h"
#include "store/store.h"

/* The store's key of the conversation that `config` names, in `arena`; no two conversations have
 * the same.  LS_BAD_INPUT with a sentence for the client, in `arena`. */
enum ls_err history_session_key(const struct history_options *options, const json_t *config,
                                struct arena *arena, struct store_text *key,
                                const char **why) LS_MUST_CHECK;
