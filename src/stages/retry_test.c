#include "stages/probe.h"

static struct stand stand;
static struct probe *probe;
static struct runnable *tree;

static void set_up(struct probe_plan plan, struct retry_options options)
{
    stand_init(&stand);
    probe = probe_new(plan);
    tree = retry_new(&probe->runnable, &options);
}

static void tear_down(void)
{
    runnable_rele(tree);
    stand_fini(&stand);
}

static void test_it_succeeds_in_the_end(void **state)
{
    (void)state;
    for (int streaming = 0; streaming < 2; streaming++) {
        set_up(
            (struct probe_plan){.fails = 2},
            (struct retry_options){.attempts = 3, .jitter = true, .initial = 1000, .max = 60000});
        play_on(&stand, tree, "{\"a\": 1}", streaming);
        assert_gave(&stand, "{\"a\": 1}");
        assert_int_equal(probe->runs, 3);
        assert_call(probe, 2, "input", "{\"a\": 1}");
        assert_call(probe, 0, "tag", "null");
        if (!streaming)
            assert_call(probe, 2, "tag", "\"retry:attempt:3\"");
        /* One second and up to one more, then two seconds and up to one more. */
        assert_in_range(loop_now(stand.loop), 3000, 5000);
        tear_down();
    }
}

static void test_the_last_error_counts(void **state)
{
    (void)state;
    set_up((struct probe_plan){.fails = -1, .err = LS_TIMEOUT},
           (struct retry_options){.attempts = 4});
    play_on(&stand, tree, "1", false);
    assert_failed(&stand, LS_TIMEOUT);
    assert_int_equal(probe->runs, 4);
    assert_int_equal(loop_now(stand.loop), 0);
    tear_down();
}

static void test_waits_have_a_limit(void **state)
{
    (void)state;
    set_up((struct probe_plan){.fails = -1},
           (struct retry_options){.attempts = 10, .jitter = true, .initial = 400, .max = 500});
    play_on(&stand, tree, "1", false);
    assert_int_equal(probe->runs, 10);
    assert_in_range(loop_now(stand.loop), 9 * 400, 9 * 500);
    tear_down();
}

static void test_only_named_errors_are_tried_again(void **state)
{
    (void)state;
    uint64_t on = error_bit(LS_UPSTREAM_RATE_LIMIT) | error_bit(LS_TIMEOUT);
    set_up((struct probe_plan){.fails = -1}, (struct retry_options){.attempts = 3, .on = on});
    play_on(&stand, tree, "1", false);
    assert_failed(&stand, LS_UPSTREAM);
    assert_int_equal(probe->runs, 1);
    tear_down();
    set_up((struct probe_plan){.fails = 1, .err = LS_TIMEOUT},
           (struct retry_options){.attempts = 3, .on = on});
    play_on(&stand, tree, "1", false);
    assert_gave(&stand, "1");
    tear_down();
}

static void test_a_chunk_that_went_out_is_final(void **state)
{
    (void)state;
    set_up((struct probe_plan){.fails = 1, .first = "\"part\""},
           (struct retry_options){.attempts = 3});
    play_on(&stand, tree, "\"x\"", true);
    assert_failed(&stand, LS_UPSTREAM);
    assert_int_equal(probe->runs, 1);
    play_on(&stand, tree, "\"x\"", true);
    assert_gave(&stand, "\"x\"");
    probe->runs = 0;
    play_on(&stand, tree, "\"x\"", false); /* nobody streams: what a failed try gave is dropped */
    assert_gave(&stand, "\"x\"");
    tear_down();
}

static void test_interrupts_pass(void **state)
{
    (void)state;
    set_up((struct probe_plan){.fails = -1, .asks = true}, (struct retry_options){.attempts = 3});
    play_on(&stand, tree, "\"who?\"", false);
    assert_int_equal(stand.out.kind, OUTCOME_INTERRUPT);
    assert_json(stand.out.value, "\"who?\"");
    assert_int_equal(probe->runs, 1);
    tear_down();
}

static void test_cancellation_is_not_tried_again(void **state)
{
    (void)state;
    set_up((struct probe_plan){.fails = -1},
           (struct retry_options){.attempts = 3, .jitter = true, .initial = 1000, .max = 60000});
    json_auto_t *inputs = json_of("[1]");
    for (size_t turn = 0; turn < 4; turn++) {
        probe->runs = 0;
        stand_play(&stand, &(struct play){
                               .tree = tree, .inputs = inputs, .cut = {CUT_CANCEL, AT_TURN, turn}});
        assert_failed(&stand, LS_CANCELLED);
        assert_true(probe->runs <= 2);
    }
    tear_down();
}

static void test_many_attempts_take_no_stack(void **state)
{
    (void)state;
    set_up((struct probe_plan){.fails = 10000}, (struct retry_options){.attempts = 20000});
    play_on(&stand, tree, "1", false);
    assert_gave(&stand, "1");
    assert_int_equal(probe->runs, 10001);
    tear_down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_succeeds_in_the_end),
        cmocka_unit_test(test_the_last_error_counts),
        cmocka_unit_test(test_waits_have_a_limit),
        cmocka_unit_test(test_only_named_errors_are_tried_again),
        cmocka_unit_test(test_a_chunk_that_went_out_is_final),
        cmocka_unit_test(test_interrupts_pass),
        cmocka_unit_test(test_cancellation_is_not_tried_again),
        cmocka_unit_test(test_many_attempts_take_no_stack),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
