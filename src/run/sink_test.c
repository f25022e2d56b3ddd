#include "run/run_script.h"

static struct stand stand;

/* A sink that answers what it is told to and counts. */
struct fickle {
    struct sink sink;
    enum flow answer;
    size_t pushes, dones;
    enum ls_err err;
    const char *message;
};

static enum flow fickle_push(struct sink *sink, const struct chunk *chunk)
{
    (void)chunk;
    struct fickle *fickle = container_of(sink, struct fickle, sink);
    fickle->pushes++;
    return fickle->answer;
}

static void fickle_done(struct sink *sink, const struct outcome *outcome)
{
    struct fickle *fickle = container_of(sink, struct fickle, sink);
    fickle->dones++;
    fickle->err = outcome->err;
    fickle->message = outcome->message;
}

static const struct sink_ops fickle_ops = {fickle_push, fickle_done};

static struct fickle fickle;
static struct runnable *script;

static int set_up(void **state)
{
    (void)state;
    score = (struct script_score){0};
    stand_init(&stand);
    script = script_new((struct script_plan){.text = ""});
    stand_open(&stand, script, true);
    fickle = (struct fickle){.answer = FLOW_ON};
    sink_init(&fickle.sink, &fickle_ops, &stand.run->root);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    stand_end(&stand, &outcome_well);
    stand_drive(&stand);
    runnable_rele(script);
    assert_scripts_over();
    stand_fini(&stand);
    return 0;
}

static void test_answers_come_back(void **state)
{
    (void)state;
    assert_int_equal(sink_push_value(&fickle.sink, json_null()), FLOW_ON);
    fickle.answer = FLOW_FULL;
    assert_int_equal(sink_push_value(&fickle.sink, json_null()), FLOW_FULL);
    fickle.answer = FLOW_ON;
    assert_int_equal(sink_push_value(&fickle.sink, json_null()), FLOW_ON);
    assert_int_equal(fickle.pushes, 3);
}

static void test_stop_is_latched(void **state)
{
    (void)state;
    fickle.answer = FLOW_STOP;
    assert_int_equal(sink_push_value(&fickle.sink, json_null()), FLOW_STOP);
    fickle.answer = FLOW_ON;
    assert_int_equal(sink_push_value(&fickle.sink, json_null()), FLOW_STOP);
    assert_int_equal(fickle.pushes, 1);
    sink_done(&fickle.sink, &outcome_well);
    assert_int_equal(fickle.dones, 1);
    assert_int_equal(fickle.err, LS_OK);
}

static void test_nothing_flows_in_a_cancelled_scope(void **state)
{
    (void)state;
    stand_cancel(&stand, LS_SHUTDOWN);
    assert_int_equal(sink_push_value(&fickle.sink, json_null()), FLOW_STOP);
    assert_int_equal(fickle.pushes, 0);
    sink_fail(&fickle.sink, LS_UPSTREAM, "too late");
    assert_int_equal(fickle.dones, 1);
    assert_int_equal(fickle.err, LS_SHUTDOWN);
}

static void test_failure_is_told(void **state)
{
    (void)state;
    sink_fail(&fickle.sink, LS_UPSTREAM, "so it is");
    assert_int_equal(fickle.err, LS_UPSTREAM);
    assert_string_equal(fickle.message, "so it is");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_answers_come_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_stop_is_latched, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_nothing_flows_in_a_cancelled_scope, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_failure_is_told, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
