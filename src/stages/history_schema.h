/* What a history shows of itself in schemas; and its options' storage. */
#pragma once

#include <jansson.h>

#include "run/configurable.h"
#include "stages/history.h"

/* The input's schema, from that of the bound runnable (taken over). */
json_t *history_input_schema(const struct history_options *options, json_t *bound);

/* Adds the fields of `configurable`.  They show LangChain's default, an empty text, which names no
 * conversation. */
void history_config_specs(const struct history_options *options, struct config_specs *specs);

/* A copy whose texts are its own and whose fields are in the order of their ids, so that their
 * order in a file means nothing; and freeing it. */
void history_options_copy(struct history_options *copy, const struct history_options *options);
void history_options_fini(struct history_options *options);
