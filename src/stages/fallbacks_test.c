#include "stages/probe.h"

static struct stand stand;
static struct probe *probes[3];
static struct runnable *tree;

static void set_up(struct probe_plan one, struct probe_plan two, struct probe_plan three,
                   struct fallbacks_options options)
{
    const struct probe_plan plans[] = {one, two, three};
    struct runnable *runnables[3];
    stand_init(&stand);
    for (size_t i = 0; i < 3; i++) {
        probes[i] = probe_new(plans[i]);
        runnables[i] = &probes[i]->runnable;
    }
    tree = fallbacks_new(runnables, 3, &options);
}

static void tear_down(void)
{
    runnable_rele(tree);
    stand_fini(&stand);
}

static const struct probe_plan well = {.fails = 0}, fails = {.fails = -1};
static const struct fallbacks_options plain = {.on = 0};

static void test_the_next_one_is_tried(void **state)
{
    (void)state;
    for (int streaming = 0; streaming < 2; streaming++) {
        set_up(fails, well, well, plain);
        play_on(&stand, tree, "\"x\"", streaming);
        assert_gave(&stand, "\"x\"");
        assert_int_equal(probes[0]->runs, 1);
        assert_int_equal(probes[1]->runs, 1);
        assert_int_equal(probes[2]->runs, 0);
        tear_down();
    }
}

static void test_the_first_error_counts(void **state)
{
    (void)state;
    set_up((struct probe_plan){.fails = -1, .err = LS_TIMEOUT}, fails,
           (struct probe_plan){.fails = -1, .err = LS_TOO_BIG}, plain);
    play_on(&stand, tree, "\"x\"", false);
    assert_failed(&stand, LS_TIMEOUT);
    assert_int_equal(probes[2]->runs, 1);
    tear_down();
}

static void test_other_errors_are_raised_at_once(void **state)
{
    (void)state;
    set_up((struct probe_plan){.fails = -1, .err = LS_TIMEOUT}, fails, well,
           (struct fallbacks_options){.on = error_bit(LS_TIMEOUT)});
    play_on(&stand, tree, "\"x\"", false);
    assert_failed(&stand, LS_UPSTREAM);
    assert_int_equal(probes[2]->runs, 0);
    tear_down();
}

static void test_the_error_is_handed_on(void **state)
{
    (void)state;
    set_up(fails, fails, well, (struct fallbacks_options){.key = "error"});
    play_on(&stand, tree, "{\"a\": 1}", false);
    assert_gave(&stand, "{\"a\": 1, \"error\": \"as planned\"}");
    assert_call(probes[0], 0, "input", "{\"a\": 1}");
    assert_call(probes[1], 0, "input", "{\"a\": 1, \"error\": \"as planned\"}");
    play_on(&stand, tree, "\"no object\"", false);
    assert_failed(&stand, LS_BAD_VALUE);
    assert_int_equal(probes[0]->runs, 1);
    tear_down();
}

static void test_a_chunk_that_went_out_is_final(void **state)
{
    (void)state;
    set_up((struct probe_plan){.fails = -1, .first = "\"part\""}, well, well, plain);
    play_on(&stand, tree, "\"x\"", true);
    assert_failed(&stand, LS_UPSTREAM);
    assert_int_equal(probes[1]->runs, 0);
    play_on(&stand, tree, "\"x\"", false);
    assert_gave(&stand, "\"x\"");
    tear_down();
}

static void test_the_others_are_not_run_when_cancelled(void **state)
{
    (void)state;
    set_up((struct probe_plan){.fails = -1, .delay = 10}, well, well, plain);
    json_auto_t *inputs = json_of("[1]");
    stand_play(&stand,
               &(struct play){.tree = tree, .inputs = inputs, .cut = {CUT_CANCEL, AT_TURN, 1}});
    assert_failed(&stand, LS_CANCELLED);
    assert_int_equal(probes[1]->runs, 0);
    tear_down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_next_one_is_tried),
        cmocka_unit_test(test_the_first_error_counts),
        cmocka_unit_test(test_other_errors_are_raised_at_once),
        cmocka_unit_test(test_the_error_is_handed_on),
        cmocka_unit_test(test_a_chunk_that_went_out_is_final),
        cmocka_unit_test(test_the_others_are_not_run_when_cancelled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
