#include "run/run_script.h"

static struct stand stand;

static int set_up(void **state)
{
    (void)state;
    score = (struct script_score){0};
    stand_init(&stand);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    assert_scripts_over();
    stand_fini(&stand);
    return 0;
}

/* Plays a script alone and drops it. */
static void play(struct script_plan plan, struct cut cut)
{
    struct runnable *script = script_new(plan);
    json_auto_t *inputs = json_of("[1]");
    stand_play(&stand, &(struct play){.tree = script, .inputs = inputs, .cut = cut});
    runnable_rele(script);
}

static void test_source_pushes_and_ends(void **state)
{
    (void)state;
    play((struct script_plan){.text = "abc"}, (struct cut){0});
    assert_json(stand.out.value, "\"abc\"");
    assert_int_equal(score.stopped, 0);
}

static void test_nothing_flows_before_the_loop_turns(void **state)
{
    (void)state;
    struct runnable *script = script_new((struct script_plan){.text = "ab"});
    stand_open(&stand, script, true);
    stand_push(&stand, json_null());
    stand_end(&stand, &outcome_well);
    assert_int_equal(stand.out.count, 0);
    stand_drive(&stand);
    assert_story(&stand, "+\"a\" +\"b\"");
    runnable_rele(script);
}

static void test_again_comes_on_another_turn(void **state)
{
    (void)state;
    play((struct script_plan){.text = "abcdef", .per_turn = 2}, (struct cut){0});
    assert_json(stand.out.value, "\"abcdef\"");
    assert_true(stand.turns >= 3);
}

static void test_full_pauses_until_resumed(void **state)
{
    (void)state;
    for (size_t at = 1; at <= 3; at++) {
        play((struct script_plan){.text = "abc"}, (struct cut){CUT_FULL, AT_CHUNK, at});
        assert_json(stand.out.value, "\"abc\"");
        assert_int_equal(stand.out.overshoot, 0);
    }
    play((struct script_plan){.text = "abc"}, (struct cut){CUT_BRAKE, AT_CHUNK, 1});
    assert_json(stand.out.value, "\"abc\"");
    assert_int_equal(stand.out.overshoot, 0);
}

static void test_stop_ends_it_once(void **state)
{
    (void)state;
    play((struct script_plan){.text = "abc"}, (struct cut){CUT_STOP, AT_CHUNK, 2});
    assert_json(stand.out.value, "\"ab\"");
    assert_int_equal(stand.out.kind, OUTCOME_WELL);
    assert_int_equal(score.stopped, 1);
}

static void test_cancel_before_it_began_does_not_stop_it(void **state)
{
    (void)state;
    play((struct script_plan){.text = "abc"}, (struct cut){CUT_CANCEL, AT_TURN, 0});
    assert_int_equal(stand.out.count, 0);
    assert_int_equal(score.began, 0);
    assert_int_equal(score.stopped, 0);
}

static void test_cancel_while_paused_stops_it(void **state)
{
    (void)state;
    struct runnable *script = script_new((struct script_plan){.text = "abc"});
    stand_open_cut(&stand, script, true, (struct cut){CUT_FULL, AT_CHUNK, 2});
    stand_end(&stand, &outcome_well);
    loop_advance(stand.loop, 100);
    assert_int_equal(stand.out.count, 2);
    stand_cancel(&stand, LS_SHUTDOWN);
    loop_advance(stand.loop, 0);
    assert_int_equal(score.stopped, 1);
    assert_int_equal(stand.out.err, LS_SHUTDOWN);
    assert_int_equal(stand.dropped, 1);
    runnable_rele(script);
}

static void test_stopped_source_is_not_resumed(void **state)
{
    (void)state;
    struct runnable *script = script_new((struct script_plan){.text = "abc", .lingers = true});
    stand_open_cut(&stand, script, true, (struct cut){CUT_FULL, AT_CHUNK, 1});
    stand_end(&stand, &outcome_well);
    loop_advance(stand.loop, 5);
    stand_cancel(&stand, LS_CANCELLED);
    loop_advance(stand.loop, 0);
    run_resume(stand.run); /* it is there still, for the script lingers */
    loop_advance(stand.loop, 100);
    assert_int_equal(score.stopped, 1);
    assert_int_equal(stand.dropped, 1);
    runnable_rele(script);
}

static void test_waiting_source_lets_go_at_once(void **state)
{
    (void)state;
    play((struct script_plan){.text = "abc", .delay = 1000}, (struct cut){CUT_CANCEL, AT_TURN, 1});
    assert_int_equal(score.stopped, 1);
    assert_int_equal(loop_now(stand.loop), 0);
}

static void test_what_cannot_be_stopped_keeps_its_scope(void **state)
{
    (void)state;
    struct runnable *script =
        script_new((struct script_plan){.text = "a", .delay = 9, .lingers = true});
    stand_open(&stand, script, true);
    stand_end(&stand, &outcome_well);
    loop_advance(stand.loop, 1);
    stand_cancel(&stand, LS_CANCELLED);
    loop_advance(stand.loop, 1);
    assert_true(stand.out.ended);
    assert_int_equal(score.lingering, 1);
    assert_int_equal(stand.dropped, 0);
    loop_advance(stand.loop, 30);
    assert_int_equal(stand.dropped, 1);
    runnable_rele(script);
}

/* A pause counts, whatever else the source asked for in the same go. */
static void test_paused_source_is_not_called(void **state)
{
    (void)state;
    play((struct script_plan){.text = "abcdef", .hasty = true},
         (struct cut){CUT_BRAKE, AT_CHUNK, 1});
    assert_json(stand.out.value, "\"abcdef\"");
    assert_int_equal(stand.out.overshoot, 0);
    play((struct script_plan){.text = "abcdef", .deaf = true, .per_turn = 2},
         (struct cut){CUT_BRAKE, AT_CHUNK, 1});
    assert_json(stand.out.value, "\"abcdef\"");
}

/* One that pushes what it has before it looks at the answer overshoots, and that is all. */
static void test_deaf_source_is_resumed_once(void **state)
{
    (void)state;
    play((struct script_plan){.text = "abcdef", .deaf = true, .per_turn = 2},
         (struct cut){CUT_BRAKE, AT_CHUNK, 1});
    assert_json(stand.out.value, "\"abcdef\"");
    assert_int_equal(stand.out.overshoot, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_source_pushes_and_ends, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_nothing_flows_before_the_loop_turns, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_again_comes_on_another_turn, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_full_pauses_until_resumed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_stop_ends_it_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_cancel_before_it_began_does_not_stop_it, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_cancel_while_paused_stops_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_stopped_source_is_not_resumed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_waiting_source_lets_go_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_cannot_be_stopped_keeps_its_scope, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_paused_source_is_not_called, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_deaf_source_is_resumed_once, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
