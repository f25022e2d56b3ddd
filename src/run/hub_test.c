#include "run/hub_stand.h"

/* ---- reading ---- */

static void each_reader_hears_all_from_where_it_wants(void **state)
{
    (void)state;
    struct follower first = {0}, second = {0}, third = {.act = READS};
    struct follower joins = {.act = JOINS, .at = 3, .other = &third};
    start((struct script_plan){.text = "abcdef", .per_turn = 1}, 10, false);
    begin_reading(&first, 0);
    begin_reading(&second, 4);
    begin_reading(&joins, 0);
    assert_int_equal(first.count, 0); /* nothing is told from within */
    drive();
    check(&first, "abcdef", 1, LS_OK);
    check(&second, "ef", 1, LS_OK);
    check(&joins, "abcdef", 1, LS_OK);
    check(&third, "cdef", 1, LS_OK);
    assert_int_equal(second.first, 4);
    assert_int_equal(hub_first(stand.hub), 0);
    assert_int_equal(hub_next(stand.hub), 6);
}

static void what_is_over_can_be_read_again(void **state)
{
    (void)state;
    struct follower first = {0}, again = {0}, beyond = {0};
    start((struct script_plan){.text = "abc", .value = "{\"own\": 1}"}, 10, false);
    begin_reading(&first, 0);
    drive();
    assert_null(stand.run);
    begin_reading(&again, 1);
    begin_reading(&beyond, 99);
    drive();
    check(&again, "bc", 1, LS_OK);
    check(&beyond, "", 1, LS_OK);
    assert_json(again.value, "{\"own\": 1}");
    json_decref(first.value);
    json_decref(again.value);
    json_decref(beyond.value);
}

static void a_failure_is_told_behind_the_chunks(void **state)
{
    (void)state;
    struct follower first = {0}, late = {0};
    start((struct script_plan){.text = "abc", .fail_at = 3}, 10, false);
    begin_reading(&first, 0);
    drive();
    begin_reading(&late, 0);
    drive();
    check(&first, "ab", 1, LS_UPSTREAM);
    check(&late, "ab", 1, LS_UPSTREAM);
    assert_string_equal(late.message, "as the script says");
}

static void who_comes_too_late_is_told_so(void **state)
{
    (void)state;
    struct follower late = {0}, in_time = {0};
    start((struct script_plan){.text = "abcdefghij"}, 4, true);
    drive();
    assert_int_equal(hub_first(stand.hub), 6);
    begin_reading(&late, 5);
    begin_reading(&in_time, 6);
    drive();
    check(&late, "", 1, LS_TOO_LATE);
    check(&in_time, "ghij", 1, LS_OK);
}

/* ---- pace ---- */

static void a_reader_that_is_full_reads_on_when_it_can(void **state)
{
    (void)state;
    struct follower slow = {.act = IS_FULL, .at = 1};
    start((struct script_plan){.text = "abcdef"}, 2, false);
    begin_reading(&slow, 0);
    for (size_t count = 1; count <= 6; count++) {
        drive();
        assert_int_equal(slow.count, count);
        assert_int_equal(slow.ends, 0);
        hub_resume(&slow.reader);
    }
    drive();
    check(&slow, "abcdef", 1, LS_OK);
    hub_resume(&slow.reader); /* harmless */
}

static void the_run_waits_for_its_only_reader(void **state)
{
    (void)state;
    struct follower slow = {.act = IS_FULL, .at = 2};
    start((struct script_plan){.text = "abcdefghijklmnop"}, 3, false);
    begin_reading(&slow, 0);
    drive();
    assert_string_equal(slow.told, "ab");
    assert_int_equal(hub_next(stand.hub), 2 + 2);
    slow.act = READS;
    hub_resume(&slow.reader);
    drive();
    check(&slow, "abcdefghijklmnop", 1, LS_OK);
}

static void the_fastest_sets_the_pace(void **state)
{
    (void)state;
    struct follower fast = {0}, slow = {.act = IS_FULL, .at = 2};
    start((struct script_plan){.text = "abcdefghij"}, 3, false);
    begin_reading(&slow, 0);
    begin_reading(&fast, 0);
    drive();
    check(&fast, "abcdefghij", 1, LS_OK);
    check(&slow, "ab", 0, LS_OK);
    hub_resume(&slow.reader);
    drive();
    check(&slow, "ab", 1, LS_TOO_LATE);
}

/* The run stands still for a reader that is full; one that only wants what is to come is not. */
static void a_new_reader_sets_the_run_going(void **state)
{
    (void)state;
    struct follower slow = {.act = IS_FULL, .at = 1}, fast = {0};
    start((struct script_plan){.text = "abcdef"}, 4, false);
    begin_reading(&slow, 0);
    drive();
    assert_int_equal(hub_next(stand.hub), 3);
    begin_reading(&fast, 3);
    drive();
    check(&fast, "def", 1, LS_OK);
    hub_leave(&slow.reader);
}

/* Each source may push once more after it was told to pause: the reader loses nothing by that. */
static void what_comes_after_full_is_kept(void **state)
{
    (void)state;
    struct follower slow = {.act = IS_FULL, .at = 1};
    start_behind(GROUP(&fan_ops, SCRIPT("aaaaaaaa"), SCRIPT("aaaaaaaa"), SCRIPT("aaaaaaaa")),
                 (struct hub_options){.kept = 2});
    begin_reading(&slow, 0);
    for (size_t count = 1; count <= 24; count++) {
        drive();
        assert_int_equal(slow.count, count);
        hub_resume(&slow.reader);
    }
    drive();
    check(&slow, "aaaaaaaaaaaaaaaaaaaaaaaa", 1, LS_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_reader_hears_all_from_where_it_wants, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_is_over_can_be_read_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_failure_is_told_behind_the_chunks, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_comes_too_late_is_told_so, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_reader_that_is_full_reads_on_when_it_can, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(the_run_waits_for_its_only_reader, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_fastest_sets_the_pace, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_new_reader_sets_the_run_going, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_comes_after_full_is_kept, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
