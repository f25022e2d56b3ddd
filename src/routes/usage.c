#include "routes/usage.h"

#include "base/money.h"

void usage_print(struct buf *out, const struct tally *tally)
{
    char cost[MONEY_SIZE];
    if (!tally->priced)
        return;
    money_print(cost, tally->cost);
    buf_printf(out,
               ",\"usage\":{\"input_tokens\":%lld,\"output_tokens\":%lld,\"total_tokens\":%lld,"
               "\"cost\":%s}",
               (long long)tally->input_tokens, (long long)tally->output_tokens,
               (long long)tally->input_tokens + tally->output_tokens, cost);
}
