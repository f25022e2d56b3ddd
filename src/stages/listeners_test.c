#include "stages/listeners.h"

#include "base/log.h"
#include "stages/probe.h"

static struct stand stand;
static struct probe *start, *end, *error;

static struct runnable *listened(struct runnable *bound, struct probe_plan plan)
{
    stand_init(&stand);
    start = probe_new(plan);
    end = probe_new(plan);
    error = probe_new(plan);
    return listeners_new(bound, &(struct listeners_of){.start = &start->runnable,
                                                       .end = &end->runnable,
                                                       .error = &error->runnable});
}

static json_t *told(const struct probe *probe, const char *key)
{
    json_t *event = json_object_get(json_array_get(probe->calls, 0), "input");
    return json_object_get(event, key);
}

static void assert_times(const struct probe *probe, bool ended)
{
    assert_int_equal(json_string_length(told(probe, "start_time")), 24);
    assert_int_equal(json_string_length(told(probe, "end_time")), ended ? 24 : 0);
    assert_int_equal(json_string_length(told(probe, "id")), UUID_LEN);
}

static void test_they_hear_of_a_good_run(void **state)
{
    (void)state;
    struct runnable *tree =
        labelled_new(listened(tree_from("{\"pick\": \"a\"}"), (struct probe_plan){0}));
    runnable_set_name(tree, "heard");
    tree->tags = json_of("[\"t\"]");
    tree->metadata = json_of("{\"m\": 1}");
    play_on(&stand, tree, "{\"a\": \"x\"}", true);
    assert_gave(&stand, "\"x\"");
    assert_int_equal(start->runs, 1);
    assert_int_equal(end->runs, 1);
    assert_int_equal(error->runs, 0);
    assert_json(told(start, "name"), "\"heard\"");
    assert_json(told(start, "inputs"), "{\"a\": \"x\"}");
    assert_json(told(start, "outputs"), NULL);
    assert_json(told(end, "outputs"), "{\"output\": \"x\"}");
    assert_json(told(end, "tags"), "[\"t\"]");
    assert_json(told(end, "metadata"), "{\"m\": 1}");
    assert_true(json_equal(told(start, "id"), told(end, "id")));
    assert_times(start, false);
    assert_times(end, true);
    runnable_rele(tree);
    stand_fini(&stand);
}

static void test_they_hear_of_a_failure(void **state)
{
    (void)state;
    struct runnable *tree =
        listened(tree_from("{\"fake\": {\"error\": \"down\"}}"), (struct probe_plan){0});
    play_on(&stand, tree, "\"x\"", false);
    assert_failed(&stand, LS_UPSTREAM);
    assert_int_equal(end->runs, 0);
    assert_json(told(error, "error"), "\"down\"");
    assert_json(told(error, "inputs"), "{\"input\": \"x\"}");
    runnable_rele(tree);
    stand_fini(&stand);
}

static void test_nobody_waits_for_them(void **state)
{
    (void)state;
    struct runnable *tree = listened(passthrough_new(), (struct probe_plan){.delay = 1000});
    json_auto_t *value = json_of("1");
    stand_open(&stand, tree, false);
    stand_push(&stand, value);
    stand_end(&stand, &outcome_well);
    assert_true(stand.out.ended);
    loop_advance(stand.loop, 0);
    loop_advance(stand.loop, 0);
    assert_int_equal(stand.dropped, 1); /* they live on without the run they hear of */
    assert_int_equal(end->under_way, 1);
    stand_drive(&stand);
    assert_int_equal(end->under_way, 0);
    runnable_rele(tree);
    stand_fini(&stand);
}

static void test_their_failure_changes_nothing(void **state)
{
    (void)state;
    log_setup(2, LOG_AUTO, LOG_ERROR);
    struct runnable *tree = listened(passthrough_new(), (struct probe_plan){.fails = -1});
    play_on(&stand, tree, "1", false);
    assert_gave(&stand, "1");
    assert_int_equal(end->runs, 1);
    runnable_rele(tree);
    stand_fini(&stand);
}

static void test_a_cancelled_run_is_told(void **state)
{
    (void)state;
    struct runnable *tree =
        listened(tree_from("{\"fake\": {\"delay\": 100}}"), (struct probe_plan){.delay = 5});
    json_auto_t *inputs = json_of("[\"x\"]");
    stand_play(&stand,
               &(struct play){.tree = tree, .inputs = inputs, .cut = {CUT_CANCEL, AT_TURN, 1}});
    assert_failed(&stand, LS_CANCELLED);
    assert_int_equal(error->runs, 1);
    assert_int_equal(error->under_way, 0);
    runnable_rele(tree);
    stand_fini(&stand);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_they_hear_of_a_good_run),
        cmocka_unit_test(test_they_hear_of_a_failure),
        cmocka_unit_test(test_nobody_waits_for_them),
        cmocka_unit_test(test_their_failure_changes_nothing),
        cmocka_unit_test(test_a_cancelled_run_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
