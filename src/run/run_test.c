#include "run/run_kinds.h"

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

static void test_run_has_the_id_it_is_given(void **state)
{
    (void)state;
    struct runnable *pipe = PIPE();
    struct uuid id = uuid_new();
    struct run *run = run_new(stand.loop, &id), *other = run_new(stand.loop, NULL);
    assert_memory_equal(&run->id, &id, sizeof id);
    assert_memory_not_equal(&other->id, &id, sizeof id);
    struct run *runs[] = {run, other};
    for (int i = 0; i < 2; i++) {
        struct collector out = {.stand = &stand};
        stand.in_ended = true;
        sink_init(&out.sink, &collector_ops, &runs[i]->root);
        run_start(runs[i], pipe, &(struct call){.streaming = true}, json_true(), &out.sink);
        assert_json(out.value, "true");
        json_decref(out.value);
        gather_fini(&out.sum);
        while (loop_turn(stand.loop)) {
        }
    }
    runnable_rele(pipe);
}

static void test_runs_of_a_loop_do_not_disturb_each_other(void **state)
{
    (void)state;
    struct stand other = {.loop = stand.loop};
    struct runnable *tree = GROUP(&fan_ops, SCRIPT("abc", .delay = 3), SCRIPT("d", .delay = 9));
    stand_open(&stand, tree, true);
    stand_end(&stand, &outcome_well);
    stand_open(&other, tree, true);
    stand_end(&other, &outcome_well);
    loop_advance(stand.loop, 4);
    stand_cancel(&other, LS_SHUTDOWN);
    stand_drive(&stand);
    assert_story(&stand, "+\"a\" +\"b\" +\"c\" +\"d\"");
    assert_int_equal(stand.out.kind, OUTCOME_WELL);
    assert_int_equal(other.out.err, LS_SHUTDOWN);
    assert_int_equal(other.dropped, 1);
    stand_clear(&other);
    runnable_rele(tree);
}

static void test_resume_wakes_all_paused_sources(void **state)
{
    (void)state;
    struct runnable *tree = GROUP(&fan_ops, SCRIPT("aaa"), SCRIPT("bbb"), SCRIPT("ccc"));
    stand_open_cut(&stand, tree, true, (struct cut){CUT_BRAKE, AT_CHUNK, 1});
    stand_end(&stand, &outcome_well);
    loop_advance(stand.loop, 1000);
    assert_int_equal(stand.out.count, 3); /* one of each source */
    stand.out.full = false;
    run_resume(stand.run);
    run_resume(stand.run);
    assert_int_equal(stand.out.count, 3); /* never inside the call */
    loop_advance(stand.loop, 1000);
    assert_int_equal(stand.out.count, 6);
    stand_drive(&stand);
    assert_int_equal(stand.out.count, 9);
    runnable_rele(tree);
}

/* A reader that is full and has room again before it has said so. */
static enum flow eager_push(struct sink *sink, const struct chunk *chunk)
{
    (void)chunk;
    struct collector *out = container_of(sink, struct collector, sink);
    out->count++;
    run_resume(out->stand->run);
    return FLOW_FULL;
}

static void test_resume_within_the_push_counts(void **state)
{
    (void)state;
    static const struct sink_ops eager_ops = {eager_push, collector_done};
    struct runnable *tree = SCRIPT("abc");
    stand_open(&stand, tree, true);
    stand.out.sink.ops = &eager_ops;
    stand_end(&stand, &outcome_well);
    stand_drive(&stand);
    assert_true(stand.out.ended);
    assert_int_equal(stand.out.count, 3);
    runnable_rele(tree);
}

static void test_resume_without_a_pause_is_harmless(void **state)
{
    (void)state;
    struct runnable *tree = SCRIPT("ab", .delay = 2);
    stand_open(&stand, tree, true);
    run_resume(stand.run);
    stand_end(&stand, &outcome_well);
    run_resume(stand.run);
    stand_drive(&stand);
    assert_story(&stand, "+\"a\" +\"b\"");
    runnable_rele(tree);
}

static void test_stop_keeps_what_was_taken(void **state)
{
    (void)state;
    struct runnable *tree = GROUP(&fan_ops, SCRIPT("ab", .delay = 2, .per_turn = 1),
                                  SCRIPT("cd", .delay = 3, .per_turn = 1));
    json_auto_t *inputs = json_of("[1]");
    stand_play(&stand,
               &(struct play){.tree = tree, .inputs = inputs, .cut = {CUT_STOP, AT_CHUNK, 2}});
    assert_json(stand.out.value, "\"ac\"");
    assert_int_equal(stand.out.count, 2);
    assert_int_equal(score.ended + score.stopped, 2);
    runnable_rele(tree);
}

static void test_outcomes_reach_the_owner(void **state)
{
    (void)state;
    const struct {
        struct script_plan plan;
        enum outcome_kind kind;
        const char *value;
    } rows[] = {
        {{.text = "ab"}, OUTCOME_WELL, "\"ab\""},
        {{.text = "ab", .value = "[1]"}, OUTCOME_WELL, "[1]"},
        {{.text = "ab", .interrupt = "{\"ask\": 1}"}, OUTCOME_INTERRUPT, "{\"ask\": 1}"},
        {{.text = "ab", .fail_at = 2}, OUTCOME_ERROR, "\"a\""},
        {{.text = ""}, OUTCOME_WELL, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct runnable *tree = GROUP(&chain_ops, PIPE(), script_new(rows[i].plan));
        json_auto_t *inputs = json_of("[1]");
        stand_play(&stand, &(struct play){.tree = tree, .inputs = inputs});
        assert_int_equal(stand.out.kind, rows[i].kind);
        assert_json(stand.out.value, rows[i].value);
        runnable_rele(tree);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_run_has_the_id_it_is_given, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_runs_of_a_loop_do_not_disturb_each_other, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_resume_wakes_all_paused_sources, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_resume_within_the_push_counts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_resume_without_a_pause_is_harmless, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_stop_keeps_what_was_taken, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_outcomes_reach_the_owner, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
