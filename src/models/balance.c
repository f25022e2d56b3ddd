/* Design: smooth weighted round robin.  At each choice every endpoint that may be asked earns its
 * weight, the richest is taken and pays what all of them earned: three to one gives a a b a. */
#include "models/balance.h"

#include <stdlib.h>

#include "base/list.h"
#include "base/mem.h"

struct endpoint {
    int64_t wealth;
    int64_t failures; /* in a row */
    int64_t losses;   /* in a row */
    int64_t cooldown; /* of its circuit, while that is open; 0: it is closed */
    int64_t until;    /* when an open circuit may be tried */
    int64_t rests_until;
    bool probed; /* somebody tries the open circuit */
};

struct balance {
    struct link link; /* balances->all */
    const void *key;
    struct loop *loop;
    int64_t failures, cooldown, most_cooldown;
    size_t count;
    int64_t *weights;
    struct endpoint endpoints[];
};

struct balances {
    struct loop *loop;
    struct link all;
};

struct balances *balances_new(struct loop *loop)
{
    struct balances *balances = mem_alloc(sizeof *balances);
    balances->loop = loop;
    list_init(&balances->all);
    return balances;
}

void balances_free(struct balances **balances)
{
    struct link *item;
    while (*balances && (item = list_take_first(&(*balances)->all))) {
        struct balance *balance = container_of(item, struct balance, link);
        free(balance->weights);
        free(balance);
    }
    free(*balances);
    *balances = NULL;
}

static struct balance *balance_new(struct balances *balances, const struct balance_rule *rule)
{
    struct balance *balance =
        mem_zalloc(1, sizeof *balance + rule->count * sizeof *balance->endpoints);
    balance->key = rule->key;
    balance->loop = balances->loop;
    balance->failures = rule->failures;
    balance->cooldown = rule->cooldown;
    balance->most_cooldown = rule->most_cooldown;
    balance->count = rule->count;
    balance->weights = mem_zalloc(rule->count, sizeof *balance->weights);
    for (size_t i = 0; i < rule->count; i++)
        balance->weights[i] = rule->weights[i];
    list_append(&balances->all, &balance->link);
    return balance;
}

/* What is remembered for the rule; NULL: nothing is. */
static struct balance *balance_of(struct balances *balances, const struct balance_rule *rule)
{
    if (!balances || !rule->key)
        return NULL;
    for (struct link *item = balances->all.next; item != &balances->all; item = item->next) {
        struct balance *balance = container_of(item, struct balance, link);
        if (balance->key == rule->key && balance->count == rule->count)
            return balance;
    }
    return balance_new(balances, rule);
}

/* ms until the endpoint may be asked. */
static int64_t endpoint_wait(const struct balance *balance, const struct endpoint *endpoint)
{
    int64_t left = endpoint->until - loop_now(balance->loop);
    if (endpoint->cooldown == 0)
        return 0;
    if (endpoint->probed) /* whoever tries it will know sooner or later */
        return endpoint->cooldown;
    return left > 0 ? left : 0;
}

/* The endpoint whose turn it is (of those that rest too, if `resting`), or NULL. */
static struct endpoint *take_richest(struct balance *balance, uint64_t tried, bool resting)
{
    struct endpoint *richest = NULL;
    int64_t earned = 0;
    for (size_t i = 0; i < balance->count; i++) {
        struct endpoint *endpoint = &balance->endpoints[i];
        bool rests = endpoint->rests_until > loop_now(balance->loop);
        if ((tried >> i & 1) || (rests && !resting) || endpoint_wait(balance, endpoint) > 0)
            continue;
        endpoint->wealth += balance->weights[i];
        earned += balance->weights[i];
        if (!richest || endpoint->wealth > richest->wealth)
            richest = endpoint;
    }
    if (richest)
        richest->wealth -= earned;
    return richest;
}

/* The first endpoint that is not in `tried`. */
static bool choose_first(struct balance_claim *claim, const struct balance_rule *rule,
                         uint64_t tried)
{
    while (claim->index < rule->count && (tried >> claim->index & 1))
        claim->index++;
    return claim->index < rule->count;
}

bool balance_choose(struct balance_claim *claim, struct balances *balances,
                    const struct balance_rule *rule, uint64_t tried)
{
    struct balance *balance = balance_of(balances, rule);
    *claim = (struct balance_claim){.balance = balance};
    if (!balance)
        return choose_first(claim, rule, tried);
    struct endpoint *chosen = take_richest(balance, tried, false);
    if (!chosen)
        chosen = take_richest(balance, tried, true);
    if (!chosen) {
        claim->balance = NULL;
        return false;
    }
    claim->index = (size_t)(chosen - balance->endpoints);
    claim->probe = chosen->probed = chosen->cooldown > 0;
    return true;
}

int64_t balance_wait(struct balances *balances, const struct balance_rule *rule)
{
    const struct balance *balance = balance_of(balances, rule);
    int64_t least = -1;
    for (size_t i = 0; balance && i < balance->count; i++) {
        int64_t wait = endpoint_wait(balance, &balance->endpoints[i]);
        if (least < 0 || wait < least)
            least = wait;
    }
    return least < 0 ? 0 : least;
}

/* The endpoint, if the claim may change its circuit: while that is open, only the one who tries it
 * may.  NULL: it may not. */
static struct endpoint *endpoint_of(const struct balance_claim *claim)
{
    if (!claim->balance)
        return NULL;
    struct endpoint *endpoint = &claim->balance->endpoints[claim->index];
    return endpoint->cooldown == 0 || claim->probe ? endpoint : NULL;
}

enum balance_change balance_well(struct balance_claim *claim)
{
    if (claim->balance)
        claim->balance->endpoints[claim->index].losses = 0;
    struct endpoint *endpoint = endpoint_of(claim);
    if (!endpoint)
        return BALANCE_SAME;
    bool was_open = endpoint->cooldown > 0;
    endpoint->failures = endpoint->cooldown = 0;
    endpoint->probed = claim->probe = false;
    return was_open ? BALANCE_CLOSED : BALANCE_SAME;
}

enum balance_change balance_failed(struct balance_claim *claim)
{
    struct endpoint *endpoint = endpoint_of(claim);
    if (!endpoint)
        return BALANCE_SAME;
    const struct balance *balance = claim->balance;
    bool was_open = endpoint->cooldown > 0;
    endpoint->failures++;
    if (balance->failures == 0 || (endpoint->failures < balance->failures && !was_open))
        return BALANCE_SAME;
    int64_t twice = endpoint->cooldown * 2;
    endpoint->cooldown = !was_open                        ? balance->cooldown
                         : twice < balance->most_cooldown ? twice
                                                          : balance->most_cooldown;
    endpoint->until = loop_now(balance->loop) + endpoint->cooldown;
    endpoint->probed = claim->probe = false;
    return was_open ? BALANCE_SAME : BALANCE_OPENED;
}

void balance_rest(const struct balance_claim *claim, int64_t ms)
{
    if (claim->balance)
        claim->balance->endpoints[claim->index].rests_until = loop_now(claim->balance->loop) + ms;
}

int64_t balance_lost(const struct balance_claim *claim)
{
    const struct balance *balance = claim->balance;
    if (!balance || balance->failures == 0)
        return 0;
    if (++claim->balance->endpoints[claim->index].losses < balance->failures)
        return 0;
    balance_rest(claim, balance->cooldown);
    return balance->cooldown;
}

int64_t balance_open_for(const struct balance_claim *claim)
{
    return claim->balance ? endpoint_wait(claim->balance, &claim->balance->endpoints[claim->index])
                          : 0;
}

void balance_leave(struct balance_claim *claim)
{
    if (claim->balance && claim->probe)
        claim->balance->endpoints[claim->index].probed = false;
    *claim = (struct balance_claim){0};
}
