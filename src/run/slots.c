#include "run/slots.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/metrics.h"

struct slots {
    struct link link; /* set->all */
    struct slots_rule rule;
    struct loop *loop;
    int64_t taken, waiting;
    struct link queue;
    struct task serve;
    struct timer refill; /* until the first one's rates let it begin */
    pace_word *words;    /* of requests, and of tokens: these, or shared ones */
    pace_word own_words[2];
};

struct slots_set {
    struct loop *loop;
    struct paces *paces;
    struct link all;
};

struct slots_set *slots_set_new(struct loop *loop, struct paces *paces)
{
    struct slots_set *set = mem_alloc(sizeof *set);
    set->loop = loop;
    set->paces = paces;
    list_init(&set->all);
    return set;
}

void slots_set_free(struct slots_set **set)
{
    struct link *item;
    while (*set && (item = list_take_first(&(*set)->all)))
        free(container_of(item, struct slots, link));
    free(*set);
    *set = NULL;
}

static void leave_queue(struct slot_claim *claim)
{
    struct slots *slots = claim->slots;
    slots->waiting--;
    metric_add(metrics.slots_waiting, -1);
    list_remove(&claim->link);
    timer_stop(&claim->patience);
    if (slots->waiting == 0)
        timer_stop(&slots->refill);
}

/* Counts what wants to begin, by both rates or by none; returns 0, or how many ms to wait. */
static int64_t count(struct slots *slots, int64_t tokens)
{
    const struct slots_rule *rule = &slots->rule;
    int64_t now = loop_now(slots->loop);
    int64_t wait = pace_take(&rule->requests, &slots->words[0], 1, now);
    if (wait > 0)
        return wait;
    wait = pace_take(&rule->tokens, &slots->words[1], tokens, now);
    if (wait > 0)
        pace_correct(&rule->requests, &slots->words[0], -1, now);
    return wait;
}

/* Gives the claim a slot; false: there is none yet. */
static bool take(struct slots *slots, struct slot_claim *claim)
{
    if (slots->rule.max > 0 && slots->taken >= slots->rule.max)
        return false; /* whoever leaves serves the next */
    int64_t wait = count(slots, claim->tokens);
    if (wait > 0) {
        timer_start(&slots->refill, wait);
        return false;
    }
    claim->taken = true;
    slots->taken++;
    return true;
}

static void serve(struct slots *slots)
{
    while (!list_is_empty(&slots->queue)) {
        struct slot_claim *claim = container_of(slots->queue.next, struct slot_claim, link);
        if (!take(slots, claim))
            return;
        leave_queue(claim);
        claim->on_turn(claim, true);
    }
}

static void on_serve(struct task *task)
{
    serve(container_of(task, struct slots, serve));
}

static void on_refill(struct timer *timer)
{
    serve(container_of(timer, struct slots, refill));
}

/* Whoever waits behind the one who left may need less. */
static void serve_soon(struct slots *slots)
{
    if (!list_is_empty(&slots->queue))
        loop_soon(slots->loop, &slots->serve);
}

static void on_patience_over(struct timer *timer)
{
    struct slot_claim *claim = container_of(timer, struct slot_claim, patience);
    leave_queue(claim);
    serve_soon(claim->slots);
    claim->slots = NULL;
    claim->on_turn(claim, false);
}

static struct slots *slots_of(struct slots_set *set, const struct slots_rule *rule)
{
    for (struct link *item = set->all.next; item != &set->all; item = item->next) {
        struct slots *slots = container_of(item, struct slots, link);
        if (slots->rule.key == rule->key)
            return slots;
    }
    struct slots *slots = mem_zalloc(1, sizeof *slots);
    slots->rule = *rule;
    slots->loop = set->loop;
    list_init(&slots->queue);
    task_init(&slots->serve, on_serve);
    timer_init(&slots->refill, set->loop, on_refill);
    slots->words = paces_of(set->paces, rule->key);
    if (!slots->words)
        slots->words = slots->own_words;
    list_append(&set->all, &slots->link);
    return slots;
}

bool slots_rule_limits(const struct slots_rule *rule)
{
    return rule->max > 0 || rule->requests.count > 0 || rule->tokens.count > 0;
}

enum slot_answer slot_ask(struct slot_claim *claim, struct slots_set *set,
                          const struct slots_rule *rule, int64_t tokens,
                          void (*on_turn)(struct slot_claim *claim, bool in_time))
{
    if (rule->tokens.count > 0 && tokens > rule->tokens.count)
        tokens = rule->tokens.count; /* as pace_take() charges */
    *claim = (struct slot_claim){.on_turn = on_turn, .tokens = tokens};
    if (!set || !slots_rule_limits(rule))
        return SLOT_NOW;
    struct slots *slots = slots_of(set, rule);
    claim->slots = slots;
    if (slots->waiting == 0 && take(slots, claim))
        return SLOT_NOW;
    if (slots->waiting >= rule->queue) {
        claim->slots = NULL;
        if (slots->waiting == 0)
            timer_stop(&slots->refill);
        return SLOT_NONE;
    }
    slots->waiting++;
    metric_add(metrics.slots_waiting, 1);
    list_append(&slots->queue, &claim->link);
    timer_init(&claim->patience, slots->loop, on_patience_over);
    timer_start(&claim->patience, rule->timeout);
    return SLOT_LATER;
}

void slot_took(struct slot_claim *claim, int64_t tokens)
{
    struct slots *slots = claim->slots;
    if (!slots || !claim->taken)
        return;
    pace_correct(&slots->rule.tokens, &slots->words[1], tokens - claim->tokens,
                 loop_now(slots->loop));
    claim->tokens = tokens;
    serve_soon(slots);
}

void slot_leave(struct slot_claim *claim)
{
    struct slots *slots = claim->slots;
    if (!slots)
        return;
    if (claim->taken)
        slots->taken--;
    else
        leave_queue(claim);
    claim->slots = NULL;
    claim->taken = false;
    serve_soon(slots);
}
