/* How many of something may be under way at once in a worker, how many may begin in which time in
 * all workers, and who waits for a turn: requests of a route, runs of a model.
 *
 * Whoever wants to begin asks for a slot, and gets it at once, or a place in a queue that is served
 * in the order of asking, or neither.  A turn comes on a clean stack.  Who leaves, early or not,
 * makes room for the next. */
#pragma once

#include "base/list.h"
#include "loop/loop.h"
#include "run/pace.h"

/* What is limited. */
struct slots_rule {
    const void *key; /* an address that tells it from others: rules with one key share slots */
    int64_t max;     /* 0: no limit */
    int64_t queue;   /* how many may wait */
    int64_t timeout; /* ms that one may wait */
    struct pace requests, tokens; /* how many may begin, and how many tokens they may take */
};

struct slots_set; /* a worker's */
struct slots;

enum slot_answer {
    SLOT_NOW,   /* it has one */
    SLOT_LATER, /* on_turn follows, unless it leaves */
    SLOT_NONE,  /* the queue is full */
};

/* One who asks; lives in its owner, who calls slot_leave() before it goes. */
struct slot_claim {
    struct slots *slots; /* NULL: it neither has nor waits for one */
    struct link link;    /* in the queue, while it waits */
    struct timer patience;
    int64_t tokens; /* that it is thought to take */
    bool taken;
    /* Its turn has come; or (`in_time` false) it waited too long and is out of the queue. */
    void (*on_turn)(struct slot_claim *claim, bool in_time);
};

/* No slots are taken yet.  What began is counted in `paces` (borrowed); NULL: for this set alone. */
struct slots_set *slots_set_new(struct loop *loop, struct paces *paces);

/* Frees a set that nobody uses any more; nulls *set. */
void slots_set_free(struct slots_set **set);

/* Whether the rule limits anything. */
bool slots_rule_limits(const struct slots_rule *rule);

/* Asks for a slot of the rule, for something that takes so many tokens, as far as is known; without
 * a set, or a limit, there is always one. */
enum slot_answer slot_ask(struct slot_claim *claim, struct slots_set *set,
                          const struct slots_rule *rule, int64_t tokens,
                          void (*on_turn)(struct slot_claim *claim, bool in_time));

/* What has a slot took so many tokens in truth. */
void slot_took(struct slot_claim *claim, int64_t tokens);

/* Gives the slot back, or leaves the queue; harmless when it has left. */
void slot_leave(struct slot_claim *claim);
