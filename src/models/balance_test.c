#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "models/balance.h"

static struct loop *loop;
static struct balances *balances;
static const int64_t weights[] = {3, 1, 1};
static struct balance_rule rule;

static int set_up(void **state)
{
    (void)state;
    loop = loop_new_virtual();
    balances = balances_new(loop);
    rule = (struct balance_rule){&rule, 2, weights, 3, 1000, 3000};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    balances_free(&balances);
    balances_free(&balances); /* harmless */
    loop_free(&loop);
    return 0;
}

/* The endpoint that is chosen and answers, as a letter; '-': none may be asked. */
static char chosen(uint64_t tried)
{
    struct balance_claim claim;
    if (!balance_choose(&claim, balances, &rule, tried))
        return '-';
    char letter = (char)('a' + claim.index);
    balance_leave(&claim);
    return letter;
}

static void expect_choices(const char *letters)
{
    char got[32] = "";
    for (size_t i = 0; letters[i]; i++)
        got[i] = chosen(0);
    assert_string_equal(got, letters);
}

static enum balance_change failed(uint64_t tried)
{
    struct balance_claim claim;
    assert_true(balance_choose(&claim, balances, &rule, tried));
    enum balance_change change = balance_failed(&claim);
    balance_leave(&claim);
    return change;
}

/* Opens the circuit of the first endpoint. */
static void open_first(void)
{
    assert_int_equal(failed(2), BALANCE_SAME);
    assert_int_equal(failed(2), BALANCE_SAME);
    assert_int_equal(failed(2), BALANCE_OPENED);
}

static void turns_are_spread_by_weight(void **state)
{
    (void)state;
    expect_choices("aabaaaba");
    rule.count = 3;
    rule.key = weights; /* another model */
    expect_choices("abacaabaca");
}

static void what_was_tried_is_not_chosen(void **state)
{
    (void)state;
    assert_int_equal(chosen(1), 'b');
    assert_int_equal(chosen(2), 'a');
    assert_int_equal(chosen(3), '-');
}

static void nothing_is_remembered_without_a_key(void **state)
{
    (void)state;
    rule.key = NULL;
    expect_choices("aaaa");
    for (int i = 0; i < 9; i++)
        assert_int_equal(failed(0), BALANCE_SAME);
    assert_int_equal(chosen(1), 'b');
    assert_int_equal(chosen(3), '-');
    assert_int_equal(balance_wait(balances, &rule), 0);
}

static void a_circuit_opens_after_failures_in_a_row(void **state)
{
    (void)state;
    struct balance_claim claim;
    failed(2);
    failed(2);
    assert_true(balance_choose(&claim, balances, &rule, 2));
    assert_int_equal(balance_well(&claim), BALANCE_SAME);
    balance_leave(&claim);
    open_first();
    expect_choices("bbbb");
    assert_int_equal(chosen(2), '-');
    assert_int_equal(balance_wait(balances, &rule), 0);
    for (int i = 0; i < 3; i++)
        failed(1);
    assert_int_equal(chosen(0), '-');
    assert_int_equal(balance_wait(balances, &rule), 1000);
    loop_advance(loop, 400);
    assert_int_equal(balance_wait(balances, &rule), 600);
}

static void one_request_tries_an_open_circuit(void **state)
{
    (void)state;
    struct balance_claim probe, other;
    open_first();
    loop_advance(loop, 1000);
    assert_true(balance_choose(&probe, balances, &rule, 2));
    assert_false(balance_choose(&other, balances, &rule, 2));
    assert_int_equal(balance_well(&probe), BALANCE_CLOSED);
    assert_int_equal(balance_well(&probe), BALANCE_SAME);
    assert_true(balance_choose(&other, balances, &rule, 2));
    assert_int_equal(balance_failed(&other), BALANCE_SAME); /* it counts from nothing again */
    balance_leave(&other);
    balance_leave(&probe);
}

static void a_circuit_stays_open_for_longer_each_time(void **state)
{
    (void)state;
    static const int64_t waits[] = {1000, 2000, 3000, 3000};
    rule.count = 1;
    failed(0);
    failed(0);
    failed(0);
    for (size_t i = 0; i < sizeof waits / sizeof waits[0]; i++) {
        assert_int_equal(balance_wait(balances, &rule), waits[i]);
        loop_advance(loop, waits[i] - 1);
        assert_int_equal(chosen(0), '-');
        loop_advance(loop, 1);
        assert_int_equal(failed(0), BALANCE_SAME);
    }
    loop_advance(loop, 3000);
    struct balance_claim claim;
    assert_true(balance_choose(&claim, balances, &rule, 0));
    assert_int_equal(balance_well(&claim), BALANCE_CLOSED);
    balance_leave(&claim);
    failed(0);
    failed(0);
    failed(0);
    assert_int_equal(balance_wait(balances, &rule), 1000); /* as at first */
}

/* Whoever tried the circuit may leave, as a client does; the next one tries it. */
static void a_probe_that_leaves_makes_room(void **state)
{
    (void)state;
    struct balance_claim probe;
    open_first();
    loop_advance(loop, 1000);
    assert_true(balance_choose(&probe, balances, &rule, 2));
    assert_int_equal(chosen(2), '-');
    balance_leave(&probe);
    balance_leave(&probe); /* harmless */
    assert_int_equal(chosen(2), 'a');
}

/* What began before the circuit opened says nothing about it any more. */
static void late_news_change_nothing(void **state)
{
    (void)state;
    struct balance_claim well, bad;
    assert_true(balance_choose(&well, balances, &rule, 2));
    assert_true(balance_choose(&bad, balances, &rule, 2));
    open_first();
    assert_int_equal(balance_well(&well), BALANCE_SAME);
    assert_int_equal(balance_failed(&bad), BALANCE_SAME);
    assert_int_equal(balance_open_for(&bad), 1000);
    balance_leave(&well);
    balance_leave(&bad);
    assert_int_equal(chosen(2), '-');
}

static void who_rests_is_asked_last(void **state)
{
    (void)state;
    struct balance_claim claim;
    assert_true(balance_choose(&claim, balances, &rule, 2));
    balance_rest(&claim, 500);
    balance_leave(&claim);
    expect_choices("bbb");
    assert_int_equal(chosen(2), 'a'); /* there is no other */
    loop_advance(loop, 500);
    assert_int_equal(chosen(0), 'a');
}

static int64_t lost(void)
{
    struct balance_claim claim;
    assert_true(balance_choose(&claim, balances, &rule, 2));
    int64_t ms = balance_lost(&claim);
    balance_leave(&claim);
    return ms;
}

/* It is asked last, and is no further from being asked than that. */
static void who_loses_in_a_row_rests(void **state)
{
    (void)state;
    assert_int_equal(lost(), 0);
    assert_int_equal(lost(), 0);
    assert_int_equal(chosen(1), 'b');
    struct balance_claim claim;
    assert_true(balance_choose(&claim, balances, &rule, 2));
    assert_int_equal(balance_well(&claim), BALANCE_SAME); /* it counts from nothing again */
    balance_leave(&claim);
    assert_int_equal(lost(), 0);
    assert_int_equal(lost(), 0);
    assert_int_equal(lost(), 1000);
    expect_choices("bbb");
    assert_int_equal(chosen(2), 'a');
    assert_int_equal(balance_wait(balances, &rule), 0);
    loop_advance(loop, 1000);
    assert_int_equal(chosen(0), 'a');
    assert_int_equal(lost(), 1000);
}

static void no_failures_open_nothing_at_0(void **state)
{
    (void)state;
    rule.failures = 0;
    for (int i = 0; i < 100; i++)
        assert_int_equal(failed(0), BALANCE_SAME);
    for (int i = 0; i < 100; i++)
        assert_int_equal(lost(), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(turns_are_spread_by_weight),
        TEST(what_was_tried_is_not_chosen),
        TEST(nothing_is_remembered_without_a_key),
        TEST(a_circuit_opens_after_failures_in_a_row),
        TEST(one_request_tries_an_open_circuit),
        TEST(a_circuit_stays_open_for_longer_each_time),
        TEST(a_probe_that_leaves_makes_room),
        TEST(late_news_change_nothing),
        TEST(who_rests_is_asked_last),
        TEST(who_loses_in_a_row_rests),
        TEST(no_failures_open_nothing_at_0),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
