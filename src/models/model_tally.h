/* What one answer of a model took: its tokens and their cost, as far as the provider has said. */
#pragma once

#include "models/http_model.h"

struct run;

struct model_tally {
    int64_t input_tokens, output_tokens, cost;
    const struct price *price; /* NULL: none is known */
    bool looked;               /* by the name that the answer gives */
};

/* Counts what a piece of an answer tells, for the run, its route and the metrics.  `answer` is the
 * provider's JSON, `message` what was made of it (or NULL), `usage` in LangChain's form (or NULL).
 * A later count of the same answer stands in the place of an earlier one. */
void model_tally_add(struct model_tally *tally, struct run *run,
                     const struct model_options *options, const json_t *answer,
                     const json_t *message, const json_t *usage);

/* Tells the cost in a message that is whole, or the last of its chunks, and still private. */
void model_tally_tell(const struct model_tally *tally, json_t *message);
