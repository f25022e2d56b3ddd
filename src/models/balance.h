/* Which of a model's endpoints is asked next: by weight, and without those that are out of order.
 *
 * An endpoint that failed so and so often in a row is left alone for a while: its circuit is open.
 * Then one request tries it, and closes the circuit, or opens it for twice as long.  An endpoint
 * may also be let rest: then it is asked when there is no other.
 *
 * What is remembered of the endpoints is a worker's own, and all that use a rule with one key
 * share it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loop/loop.h"

enum { BALANCE_MOST = 64 }; /* endpoints of a model */

struct balance_rule {
    const void *key; /* an address that tells it from others; NULL: nothing is remembered */
    size_t count;    /* of endpoints */
    const int64_t *weights;
    int64_t failures;                /* in a row, that open a circuit; 0: none opens */
    int64_t cooldown, most_cooldown; /* ms that it stays open: at first, at the most */
};

struct balances; /* a worker's */
struct balance;

/* An attempt at an endpoint; lives in its owner, who says how it went, and leaves. */
struct balance_claim {
    struct balance *balance; /* NULL: nothing is remembered */
    size_t index;            /* of the endpoint */
    bool probe;              /* it is the one that tries an open circuit */
};

/* What a word about an endpoint has changed. */
enum balance_change { BALANCE_SAME, BALANCE_OPENED, BALANCE_CLOSED };

struct balances *balances_new(struct loop *loop);

/* Frees what nobody uses any more; nulls *balances. */
void balances_free(struct balances **balances);

/* Chooses among the endpoints that are not in `tried` (a bit for each); false: there is none that
 * may be asked.  Without `balances`, or a key, it is the first of them. */
bool balance_choose(struct balance_claim *claim, struct balances *balances,
                    const struct balance_rule *rule, uint64_t tried);

/* ms until an endpoint may be asked; 0: now. */
int64_t balance_wait(struct balances *balances, const struct balance_rule *rule);

/* The endpoint answers. */
enum balance_change balance_well(struct balance_claim *claim);

/* It failed, by its own doing. */
enum balance_change balance_failed(struct balance_claim *claim);

/* It has lost to another one that was asked later, and sent nothing.  After as many losses in a row
 * as open a circuit it rests, each time for a cooldown; it is not a failure, for an endpoint that is
 * slow but well must be there when the others are not.  Returns ms that it rests now; 0: it does not. */
int64_t balance_lost(const struct balance_claim *claim);

/* It is not to be asked for `ms`, as long as there are others. */
void balance_rest(const struct balance_claim *claim, int64_t ms);

/* ms that its circuit is open still; 0: it is not. */
int64_t balance_open_for(const struct balance_claim *claim);

/* The attempt is over, or nobody wants to know any more; harmless when it has left. */
void balance_leave(struct balance_claim *claim);
