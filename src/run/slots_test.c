#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "run/slots.h"

enum { MOST = 5 };

struct asker {
    struct slot_claim claim;
    int order;  /* of its turn, from 1; 0: not yet; -1: it waited too long */
    bool hands; /* leaves as soon as it is its turn */
};

static struct loop *loop;
static struct slots_set *set;
static struct asker askers[MOST];
static int turns;

static int set_up(void **state)
{
    (void)state;
    loop = loop_new_virtual();
    set = slots_set_new(loop);
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
    return slot_ask(&askers[i].claim, set, rule, on_turn);
}

static void turns_come_in_the_order_of_asking(void **state)
{
    (void)state;
    struct slots_rule rule = {&rule, 1, 3, 1000};
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
    struct slots_rule rule = {&rule, 1, 3, 1000};
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
    struct slots_rule rule = {&rule, 1, 2, 100};
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
    struct slots_rule rule = {&rule, 1, 4, 1000};
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
    struct slots_rule one = {&one, 1, 0, 1}, same = {&one, 1, 0, 1}, other = {&other, 1, 0, 1};
    assert_int_equal(ask(0, &one), SLOT_NOW);
    assert_int_equal(ask(1, &same), SLOT_NONE);
    assert_int_equal(ask(2, &other), SLOT_NOW);
    struct slots_rule none = {&none, 0, 0, 1};
    assert_int_equal(ask(3, &none), SLOT_NOW);
    assert_int_equal(slot_ask(&askers[4].claim, NULL, &one, on_turn), SLOT_NOW);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(turns_come_in_the_order_of_asking, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nobody_overtakes_who_waits, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_waits_too_long_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_turn_may_end_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(rules_with_one_key_share_their_slots, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
