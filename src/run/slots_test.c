#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "run/slots.h"

enum { MOST = 5 };

struct asker {
    struct slot_claim claim;
    int64_t tokens; /* that it asks for */
    int order;      /* of its turn, from 1; 0: not yet; -1: it waited too long */
    bool hands;     /* leaves as soon as it is its turn */
};

static struct loop *loop;
static struct slots_set *set;
static struct asker askers[MOST];
static int turns;

static int set_up(void **state)
{
    (void)state;
    loop = loop_new_virtual();
    set = slots_set_new(loop, NULL);
    turns = 0;
    for (int i = 0; i < MOST; i++)
        askers[i] = (struct asker){0};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (int i = 0; i < MOST; i++)
        slot_leave(&askers[i].claim);
    loop_free(&loop);
    slots_set_free(&set);
    slots_set_free(&set); /* harmless */
    return 0;
}

static void on_turn(struct slot_claim *claim, bool in_time)
{
    struct asker *asker = container_of(claim, struct asker, claim);
    assert_int_equal(asker->order, 0);
    asker->order = in_time ? ++turns : -1;
    if (asker->hands)
        slot_leave(claim);
}

static enum slot_answer ask(int i, const struct slots_rule *rule)
{
    return slot_ask(&askers[i].claim, set, rule, askers[i].tokens, on_turn);
}

static void turns_come_in_the_order_of_asking(void **state)
{
    (void)state;
    struct slots_rule rule = {.key = &rule, .max = 1, .queue = 3, .timeout = 1000};
    assert_int_equal(ask(0, &rule), SLOT_NOW);
    for (int i = 1; i < 4; i++)
        assert_int_equal(ask(i, &rule), SLOT_LATER);
    assert_int_equal(ask(4, &rule), SLOT_NONE);
    slot_leave(&askers[2].claim); /* it does not wait any longer */
    slot_leave(&askers[0].claim);
    assert_int_equal(askers[1].order, 0); /* only on a clean stack */
    loop_advance(loop, 0);
    assert_int_equal(askers[1].order, 1);
    assert_int_equal(askers[3].order, 0);
    slot_leave(&askers[1].claim);
    slot_leave(&askers[1].claim); /* harmless */
    loop_advance(loop, 0);
    assert_int_equal(askers[3].order, 2);
    assert_int_equal(askers[2].order, 0);
}

/* Between a leaving and the next one's turn nobody comes first. */
static void nobody_overtakes_who_waits(void **state)
{
    (void)state;
    struct slots_rule rule = {.key = &rule, .max = 1, .queue = 3, .timeout = 1000};
    assert_int_equal(ask(0, &rule), SLOT_NOW);
    assert_int_equal(ask(1, &rule), SLOT_LATER);
    slot_leave(&askers[0].claim);
    assert_int_equal(ask(2, &rule), SLOT_LATER);
    loop_advance(loop, 0);
    assert_int_equal(askers[1].order, 1);
    assert_int_equal(askers[2].order, 0);
}

static void who_waits_too_long_is_told(void **state)
{
    (void)state;
    struct slots_rule rule = {.key = &rule, .max = 1, .queue = 2, .timeout = 100};
    assert_int_equal(ask(0, &rule), SLOT_NOW);
    assert_int_equal(ask(1, &rule), SLOT_LATER);
    loop_advance(loop, 50);
    assert_int_equal(ask(2, &rule), SLOT_LATER);
    loop_advance(loop, 50);
    assert_int_equal(askers[1].order, -1);
    assert_int_equal(ask(3, &rule), SLOT_LATER); /* in its place */
    slot_leave(&askers[0].claim);
    loop_advance(loop, 0);
    assert_int_equal(askers[2].order, 1);
    loop_advance(loop, 100);
    assert_int_equal(askers[2].order, 1); /* it has a slot and waits no more */
    assert_int_equal(askers[3].order, -1);
}

static void a_turn_may_end_at_once(void **state)
{
    (void)state;
    struct slots_rule rule = {.key = &rule, .max = 1, .queue = 4, .timeout = 1000};
    assert_int_equal(ask(0, &rule), SLOT_NOW);
    for (int i = 1; i < MOST; i++) {
        assert_int_equal(ask(i, &rule), SLOT_LATER);
        askers[i].hands = true;
    }
    slot_leave(&askers[0].claim);
    loop_advance(loop, 0);
    for (int i = 1; i < MOST; i++)
        assert_int_equal(askers[i].order, i);
}

static void rules_with_one_key_share_their_slots(void **state)
{
    (void)state;
    struct slots_rule one = {.key = &one, .max = 1, .timeout = 1}, same = one, other = one;
    other.key = &other;
    assert_int_equal(ask(0, &one), SLOT_NOW);
    assert_int_equal(ask(1, &same), SLOT_NONE);
    assert_int_equal(ask(2, &other), SLOT_NOW);
    struct slots_rule none = {.key = &none, .timeout = 1};
    assert_int_equal(ask(3, &none), SLOT_NOW);
    assert_int_equal(slot_ask(&askers[4].claim, NULL, &one, 0, on_turn), SLOT_NOW);
}

static void a_rate_makes_turns_come_later(void **state)
{
    (void)state;
    struct slots_rule rule = {
        .key = &rule, .queue = 9, .timeout = 10000, .requests = {.count = 2, .window = 1000}};
    assert_int_equal(ask(0, &rule), SLOT_NOW);
    assert_int_equal(ask(1, &rule), SLOT_NOW);
    for (int i = 2; i < MOST; i++)
        assert_int_equal(ask(i, &rule), SLOT_LATER);
    for (int i = 2; i < MOST; i++) {
        loop_advance(loop, 499);
        assert_int_equal(askers[i].order, 0);
        loop_advance(loop, 1);
        assert_int_equal(askers[i].order, i - 1);
    }
    slot_leave(&askers[0].claim); /* what began has begun */
    assert_int_equal(ask(0, &rule), SLOT_LATER);
}

static void who_needs_many_tokens_holds_up_the_others(void **state)
{
    (void)state;
    struct slots_rule rule = {
        .key = &rule, .queue = 9, .timeout = 10000, .tokens = {.count = 100, .window = 1000}};
    askers[0].tokens = 60;
    askers[1].tokens = 70;
    askers[2].tokens = 10;
    assert_int_equal(ask(0, &rule), SLOT_NOW);
    assert_int_equal(ask(1, &rule), SLOT_LATER);
    assert_int_equal(ask(2, &rule), SLOT_LATER);
    loop_advance(loop, 299);
    assert_int_equal(turns, 0);
    slot_leave(&askers[1].claim); /* it does not wait any longer */
    loop_advance(loop, 0);
    assert_int_equal(askers[2].order, 1);
}

static void tokens_are_put_right(void **state)
{
    (void)state;
    struct slots_rule rule = {
        .key = &rule, .queue = 9, .timeout = 10000, .tokens = {.count = 100, .window = 1000}};
    askers[0].tokens = 90;
    askers[1].tokens = 60;
    assert_int_equal(ask(0, &rule), SLOT_NOW);
    assert_int_equal(ask(1, &rule), SLOT_LATER);
    slot_took(&askers[0].claim, 40);
    loop_advance(loop, 0);
    assert_int_equal(askers[1].order, 1); /* 100 are gone */
    slot_took(&askers[1].claim, 110);
    askers[2].tokens = 10;
    assert_int_equal(ask(2, &rule), SLOT_LATER);
    loop_advance(loop, 599);
    assert_int_equal(askers[2].order, 0);
    loop_advance(loop, 1);
    assert_int_equal(askers[2].order, 2);
}

/* More than a period has is charged as what it has, and no more than that is given back. */
static void a_guess_beyond_a_period_is_given_back_as_it_was_charged(void **state)
{
    (void)state;
    struct slots_rule rule = {
        .key = &rule, .queue = 9, .timeout = 10000, .tokens = {.count = 100, .window = 1000}};
    askers[0].tokens = 350;
    askers[1].tokens = askers[2].tokens = 50;
    assert_int_equal(ask(0, &rule), SLOT_NOW);
    assert_int_equal(askers[0].claim.tokens, 100);
    loop_advance(loop, 1000);
    assert_int_equal(ask(1, &rule), SLOT_NOW);
    slot_took(&askers[1].claim, 150); /* 50 are owed */
    slot_took(&askers[0].claim, 1);   /* 99 come back, not 349: 49 are there */
    assert_int_equal(ask(2, &rule), SLOT_LATER);
    loop_advance(loop, 9);
    assert_int_equal(askers[2].order, 0);
    loop_advance(loop, 1);
    assert_int_equal(askers[2].order, 1);
}

/* What is refused by one rate is not counted by the other. */
static void both_rates_hold(void **state)
{
    (void)state;
    struct slots_rule rule = {.key = &rule,
                              .max = 3,
                              .queue = 9,
                              .timeout = 700,
                              .requests = {.count = 2, .window = 1000},
                              .tokens = {.count = 100, .window = 1000}};
    askers[0].tokens = askers[1].tokens = 80;
    assert_int_equal(ask(0, &rule), SLOT_NOW);
    assert_int_equal(ask(1, &rule), SLOT_LATER);
    loop_advance(loop, 600);
    assert_int_equal(askers[1].order, 1);
    askers[2].tokens = 1;
    assert_int_equal(ask(2, &rule), SLOT_LATER);
    loop_advance(loop, 9);
    assert_int_equal(askers[2].order, 0);
    loop_advance(loop, 1);
    assert_int_equal(askers[2].order, 2);
    slot_leave(&askers[2].claim);
    askers[3].tokens = 100;
    assert_int_equal(ask(3, &rule), SLOT_LATER);
    loop_advance(loop, 700);
    assert_int_equal(askers[3].order, -1); /* it waited too long, and took nothing */
    slot_leave(&askers[0].claim);
    slot_leave(&askers[1].claim);
    loop_advance(loop, 300);
    assert_int_equal(ask(3, &rule), SLOT_NOW);
}

/* Two workers' sets. */
static void sets_share_what_began(void **state)
{
    (void)state;
    struct paces *paces = paces_new();
    struct slots_set *one = slots_set_new(loop, paces), *two = slots_set_new(loop, paces);
    struct slots_rule rule = {.key = &rule, .requests = {.count = 2, .window = 1000}};
    struct slot_claim claims[3];
    assert_int_equal(slot_ask(&claims[0], one, &rule, 0, on_turn), SLOT_NOW);
    assert_int_equal(slot_ask(&claims[1], two, &rule, 0, on_turn), SLOT_NOW);
    assert_int_equal(slot_ask(&claims[2], one, &rule, 0, on_turn), SLOT_NONE);
    slot_leave(&claims[0]);
    slot_leave(&claims[1]);
    slots_set_free(&one);
    slots_set_free(&two);
    paces_free(&paces);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(turns_come_in_the_order_of_asking, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nobody_overtakes_who_waits, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_waits_too_long_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_turn_may_end_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(rules_with_one_key_share_their_slots, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_rate_makes_turns_come_later, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_needs_many_tokens_holds_up_the_others, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(tokens_are_put_right, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_guess_beyond_a_period_is_given_back_as_it_was_charged,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(both_rates_hold, set_up, tear_down),
        cmocka_unit_test_setup_teardown(sets_share_what_began, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
