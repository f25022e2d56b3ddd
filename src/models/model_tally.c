#include "models/model_tally.h"

#include <string.h>

#include "base/json.h"
#include "base/metrics.h"
#include "base/money.h"
#include "models/token_count.h"
#include "run/message.h"
#include "run/run.h"

/* The model's own price, or that of the name which the answer gives, or of the one that was asked
 * for. */
static void look_up(struct model_tally *tally, const struct model_options *options,
                    const json_t *answer, const json_t *message)
{
    if (tally->looked)
        return;
    const char *name = json_get_string(answer, "model");
    if (!name)
        name = json_get_string(json_object_get(message, "response_metadata"), "model_name");
    tally->looked = options->has_price || !options->prices || name;
    const struct price *named = price_find(options->prices, name);
    tally->price = options->has_price ? &options->price
                   : named            ? named
                                      : price_find(options->prices, options->model);
}

/* What is new of a count, which is then what was counted. */
static int64_t gain(int64_t *counted, int64_t now)
{
    int64_t more = now > *counted ? now - *counted : 0;
    *counted += more;
    return more;
}

static void count_tokens(const char *model, const char *kind, int64_t tokens)
{
    if (tokens == 0)
        return;
    struct series series = metric_series(metrics.model_tokens, (const char *[]){model, kind});
    series_add(&series, (double)tokens);
}

static void count_cost(struct model_tally *tally, struct run *run, const char *model,
                       const json_t *usage)
{
    if (!tally->price)
        return;
    int64_t cost = gain(&tally->cost, price_of(tally->price, usage));
    run->tally.priced = true;
    run->tally.cost = money_add(run->tally.cost, cost);
    struct series series = metric_series(metrics.model_cost, (const char *[]){model});
    series_add_money(&series, cost);
}

void model_tally_add(struct model_tally *tally, struct run *run,
                     const struct model_options *options, const json_t *answer,
                     const json_t *message, const json_t *usage)
{
    look_up(tally, options, answer, message);
    if (!json_is_object(usage))
        return;
    int64_t input = gain(&tally->input_tokens, token_count(usage, "input_tokens"));
    int64_t output = gain(&tally->output_tokens, token_count(usage, "output_tokens"));
    run->tally.input_tokens += input;
    run->tally.output_tokens += output;
    count_tokens(options->model, "input", input);
    count_tokens(options->model, "output", output);
    count_cost(tally, run, options->model, usage);
}

void model_tally_tell(const struct model_tally *tally, json_t *message)
{
    if (!tally->price || !json_is_object(message))
        return;
    json_t *told = json_object_get(message, "response_metadata");
    json_t *metadata = json_is_object(told) ? json_copy(told) : json_object();
    json_object_set_new(metadata, "cost", json_real(money_real(tally->cost)));
    json_object_set_new(message, "response_metadata", metadata);
}
