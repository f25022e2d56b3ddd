#include "run/hub_stand.h"

/* ---- leaving ---- */

static void the_last_to_leave_ends_the_run(void **state)
{
    (void)state;
    struct follower stops = {.act = STOPS, .at = 2}, leaves = {.act = LEAVES, .at = 4};
    start((struct script_plan){.text = "abcdefgh", .per_turn = 1}, 10, false);
    begin_reading(&stops, 0);
    begin_reading(&leaves, 0);
    drive();
    check(&stops, "ab", 0, LS_OK);
    check(&leaves, "abcd", 0, LS_OK);
    assert_int_equal(score.stopped, 1);
    assert_null(stand.run);
    struct follower late = {0};
    begin_reading(&late, 2);
    drive();
    assert_int_equal(late.err, LS_CANCELLED);
    assert_int_equal(late.ends, 1);
}

static void a_run_that_goes_on_needs_no_reader(void **state)
{
    (void)state;
    struct follower leaves = {.act = LEAVES, .at = 2}, late = {0};
    struct follower slow = {.act = IS_FULL, .at = 1};
    start((struct script_plan){.text = "abcdefgh"}, 8, true);
    begin_reading(&leaves, 0);
    drive();
    check(&leaves, "ab", 0, LS_OK);
    assert_int_equal(score.ended, 1);
    begin_reading(&late, 0);
    drive();
    check(&late, "abcdefgh", 1, LS_OK);
    hub_rele(&stand.hub);
    start((struct script_plan){.text = "abcdefgh"}, 2, true); /* it waits for who then leaves */
    begin_reading(&slow, 0);
    drive();
    assert_int_equal(score.ended, 1);
    hub_leave(&slow.reader);
    drive();
    assert_int_equal(score.ended, 2);
}

static void who_comes_back_in_time_finds_the_run(void **state)
{
    (void)state;
    struct follower leaves = {.act = LEAVES, .at = 2}, back = {0};
    start_patient((struct script_plan){.text = "abcdefgh", .per_turn = 1, .delay = 60}, 20);
    begin_reading(&leaves, 0);
    loop_advance(stand.loop, 150);
    check(&leaves, "ab", 0, LS_OK);
    loop_advance(stand.loop, 50);
    begin_reading(&back, 1); /* what it was told last got lost on the way */
    loop_advance(stand.loop, 1000);
    check(&back, "bcdefgh", 1, LS_OK);
}

static void the_run_waits_for_who_may_come_back(void **state)
{
    (void)state;
    struct follower leaves = {.act = LEAVES, .at = 2}, back = {0};
    start_patient((struct script_plan){.text = "abcdefghijklmnop"}, 4);
    begin_reading(&leaves, 0);
    loop_advance(stand.loop, 50);
    assert_int_equal(hub_next(stand.hub), 2 + 2);
    begin_reading(&back, 2);
    loop_advance(stand.loop, 200);
    check(&back, "cdefghijklmnop", 1, LS_OK);
}

static void the_run_ends_when_nobody_comes_back(void **state)
{
    (void)state;
    struct follower leaves = {.act = LEAVES, .at = 2}, again = leaves, late = {0};
    start_patient((struct script_plan){.text = "abcdefgh", .per_turn = 1, .delay = 40}, 20);
    begin_reading(&leaves, 0);
    loop_advance(stand.loop, 150);
    begin_reading(&again, 0); /* the waiting begins anew */
    loop_advance(stand.loop, 90);
    assert_non_null(stand.run);
    loop_advance(stand.loop, 20);
    assert_null(stand.run);
    begin_reading(&late, 0);
    loop_advance(stand.loop, 0);
    assert_int_equal(late.err, LS_CANCELLED);
    assert_memory_equal(late.told, "abcde", 5);
}

/* ---- what its owner adds itself ---- */

enum { PRINTED = 5 };

static enum flow printing_push(struct sink *sink, const struct chunk *chunk)
{
    (void)sink;
    return hub_add(stand.hub, chunk, PRINTED);
}

static void printing_done(struct sink *sink, const struct outcome *outcome)
{
    (void)sink;
    hub_end(stand.hub, outcome);
}

static const struct sink_ops printing_ops = {printing_push, printing_done};

/* A run whose output passes through a sink that says how large it is. */
static void start_printed(const char *text, size_t kept_bytes)
{
    json_auto_t *input = json_string("x");
    const struct hub_options options = {.kept = 100, .kept_bytes = kept_bytes};
    const struct call call = {.streaming = true};
    stand.tree = SCRIPT(text);
    stand.run = run_new(stand.loop, NULL);
    stand.run->on_dropped = on_dropped;
    stand.hub = hub_new(stand.run, &options);
    struct sink *printing = arena_zalloc(run_arena(stand.run), sizeof *printing);
    sink_init(printing, &printing_ops, &stand.run->root);
    run_start(stand.run, stand.tree, &call, input, printing);
}

static void sizes_bound_what_is_kept(void **state)
{
    (void)state;
    struct follower slow = {.act = IS_FULL, .at = 1}, late = {0};
    start_printed("abcdefghij", 4 * PRINTED);
    begin_reading(&slow, 0);
    drive();
    assert_int_equal(hub_next(stand.hub), 4); /* three that it has not read are more than half */
    assert_int_equal(hub_first(stand.hub), 0);
    hub_resume(&slow.reader);
    drive();
    assert_int_equal(hub_next(stand.hub), 5);
    assert_int_equal(hub_first(stand.hub), 1);
    begin_reading(&late, 0);
    drive();
    check(&late, "", 1, LS_TOO_LATE);
    slow.act = READS;
    hub_resume(&slow.reader);
    drive();
    check(&slow, "abcdefghij", 1, LS_OK);
    assert_int_equal(hub_first(stand.hub), 6);
}

/* What is larger than all that may be kept is not lost either. */
static void what_nobody_had_is_kept_however_large(void **state)
{
    (void)state;
    struct follower slow = {.act = IS_FULL, .at = 1};
    start_printed("abcdef", 1);
    begin_reading(&slow, 0);
    for (size_t count = 1; count <= 6; count++) {
        drive();
        assert_int_equal(slow.count, count);
        hub_resume(&slow.reader);
    }
    drive();
    check(&slow, "abcdef", 1, LS_OK);
}

static void an_owner_may_cancel_at_any_time(void **state)
{
    (void)state;
    struct follower reads = {0}, late = {0};
    start((struct script_plan){.text = "abcdefgh", .per_turn = 1, .delay = 5}, 10, true);
    begin_reading(&reads, 0);
    loop_advance(stand.loop, 12);
    hub_cancel(stand.hub, LS_CANCELLED);
    hub_cancel(stand.hub, LS_SHUTDOWN); /* the first counts */
    drive();
    check(&reads, "ab", 1, LS_CANCELLED);
    hub_cancel(stand.hub, LS_SHUTDOWN); /* harmless */
    begin_reading(&late, 0);
    drive();
    check(&late, "ab", 1, LS_CANCELLED);
}

static void a_cancelled_run_is_told_as_such(void **state)
{
    (void)state;
    struct follower reads = {0}, slow = {.act = IS_FULL, .at = 1};
    start((struct script_plan){.text = "abcdefgh", .per_turn = 1, .delay = 5}, 10, false);
    begin_reading(&reads, 0);
    begin_reading(&slow, 0);
    loop_advance(stand.loop, 12);
    run_cancel(stand.run, LS_SHUTDOWN);
    drive();
    check(&reads, "ab", 1, LS_SHUTDOWN);
    check(&slow, "a", 0, LS_OK); /* the end comes behind the chunks */
    slow.act = READS;
    hub_resume(&slow.reader);
    drive();
    check(&slow, "ab", 1, LS_SHUTDOWN);
}

static void the_hub_lives_as_long_as_somebody_needs_it(void **state)
{
    (void)state;
    struct follower alone = {0}, lets_go = {.act = LETS_GO, .at = 2};
    start((struct script_plan){.text = "abc", .per_turn = 1}, 10, false);
    begin_reading(&alone, 0);
    hub_rele(&stand.hub); /* the reader holds it */
    drive();
    check(&alone, "abc", 1, LS_OK);
    start((struct script_plan){.text = "abc", .per_turn = 1}, 10, false);
    begin_reading(&lets_go, 0);
    drive(); /* from within its chunk the last reader and the owner leave: the run holds it */
    check(&lets_go, "ab", 0, LS_OK);
    start((struct script_plan){.text = "abc", .per_turn = 1}, 10, true);
    hub_rele(&stand.hub); /* nobody but the run */
    drive();
    assert_int_equal(score.ended, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_last_to_leave_ends_the_run, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_run_that_goes_on_needs_no_reader, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_comes_back_in_time_finds_the_run, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_run_waits_for_who_may_come_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_run_ends_when_nobody_comes_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(sizes_bound_what_is_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_nobody_had_is_kept_however_large, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_owner_may_cancel_at_any_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_cancelled_run_is_told_as_such, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_hub_lives_as_long_as_somebody_needs_it, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
