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
};

struct slots_set {
    struct loop *loop;
    struct link all;
};

struct slots_set *slots_set_new(struct loop *loop)
{
    struct slots_set *set = mem_alloc(sizeof *set);
    set->loop = loop;
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
    claim->slots->waiting--;
    metric_add(metrics.slots_waiting, -1);
    list_remove(&claim->link);
    timer_stop(&claim->patience);
}

static void on_serve(struct task *task)
{
    struct slots *slots = container_of(task, struct slots, serve);
    while (slots->taken < slots->rule.max && !list_is_empty(&slots->queue)) {
        struct slot_claim *claim = container_of(slots->queue.next, struct slot_claim, link);
        leave_queue(claim);
        claim->taken = true;
        slots->taken++;
        claim->on_turn(claim, true);
    }
}

static void on_patience_over(struct timer *timer)
{
    struct slot_claim *claim = container_of(timer, struct slot_claim, patience);
    leave_queue(claim);
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
    list_append(&set->all, &slots->link);
    return slots;
}

enum slot_answer slot_ask(struct slot_claim *claim, struct slots_set *set,
                          const struct slots_rule *rule,
                          void (*on_turn)(struct slot_claim *claim, bool in_time))
{
    *claim = (struct slot_claim){.on_turn = on_turn};
    if (!set || rule->max == 0)
        return SLOT_NOW;
    struct slots *slots = slots_of(set, rule);
    if (slots->taken < rule->max && slots->waiting == 0) {
        claim->slots = slots;
        claim->taken = true;
        slots->taken++;
        return SLOT_NOW;
    }
    if (slots->waiting >= rule->queue)
        return SLOT_NONE;
    claim->slots = slots;
    slots->waiting++;
    metric_add(metrics.slots_waiting, 1);
    list_append(&slots->queue, &claim->link);
    timer_init(&claim->patience, slots->loop, on_patience_over);
    timer_start(&claim->patience, rule->timeout);
    return SLOT_LATER;
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
    if (!list_is_empty(&slots->queue))
        loop_soon(slots->loop, &slots->serve);
}
