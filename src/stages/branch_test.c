#include "stages/probe.h"

static struct stand stand;

/* What the condition's value decides. */
static void check_truth(const char *value, bool holds)
{
    char words[256];
    snprintf(words, sizeof words, "{\"branch\": [{\"value\": %s}, {\"value\": 1}, {\"value\": 2}]}",
             value);
    struct runnable *tree = tree_from(words);
    play_on(&stand, tree, "0", false);
    assert_gave(&stand, holds ? "1" : "2");
    runnable_rele(tree);
}

static void test_truth_is_pythons(void **state)
{
    (void)state;
    static const char *const no[] = {"null", "false", "0", "0.0", "-0.0", "\"\"", "[]", "{}"};
    static const char *const yes[] = {"true", "1", "-1", "0.5", "\"0\"", "[0]", "{\"a\": null}"};
    stand_init(&stand);
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
        check_truth(no[i], false);
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++)
        check_truth(yes[i], true);
    stand_fini(&stand);
}

static void test_the_first_that_holds_runs(void **state)
{
    (void)state;
    stand_init(&stand);
    struct probe *conditions[3], *then[3], *otherwise = probe_new((struct probe_plan){0});
    struct branch_arm arms[3];
    for (size_t i = 0; i < 3; i++) {
        conditions[i] = probe_new((struct probe_plan){.delay = 5});
        then[i] = probe_new((struct probe_plan){0});
        arms[i].condition = i == 0 ? tree_from("{\"seq\": [{\"pick\": \"none\"}]}")
                                   : runnable_hold(&conditions[i]->runnable);
        arms[i].then = &then[i]->runnable;
    }
    struct runnable *tree = branch_new(arms, 3, &otherwise->runnable);
    play_on(&stand, tree, "{\"a\": 1}", true);
    assert_gave(&stand, "{\"a\": 1}");
    assert_int_equal(then[0]->runs, 0);
    assert_int_equal(then[1]->runs, 1);
    assert_int_equal(conditions[2]->runs, 0);
    assert_int_equal(otherwise->runs, 0);
    assert_call(conditions[1], 0, "tag", "\"condition:2\"");
    assert_call(conditions[1], 0, "streaming", "false");
    assert_call(then[1], 0, "tag", "\"branch:2\"");
    assert_call(then[1], 0, "streaming", "true");
    play_on(&stand, tree, "{}", false); /* the conditions give an empty object */
    assert_int_equal(conditions[2]->runs, 1);
    assert_call(otherwise, 0, "tag", "\"branch:default\"");
    runnable_rele(tree);
    for (size_t i = 0; i < 3; i++)
        runnable_rele(&conditions[i]->runnable);
    stand_fini(&stand);
}

static void test_a_failed_condition_fails_the_whole(void **state)
{
    (void)state;
    stand_init(&stand);
    struct runnable *tree =
        tree_from("{\"branch\": [{\"fake\": {\"error\": \"no\"}}, \"pass\", \"pass\"]}");
    play_on(&stand, tree, "\"x\"", false);
    assert_failed(&stand, LS_UPSTREAM);
    runnable_rele(tree);
    stand_fini(&stand);
}

static void test_many_conditions_take_no_stack(void **state)
{
    (void)state;
    enum { MANY = 20000 };
    stand_init(&stand);
    struct branch_arm *arms = mem_zalloc(MANY, sizeof *arms);
    struct runnable *never = tree_from("{\"value\": 0}"), *same = passthrough_new();
    for (size_t i = 0; i < MANY; i++)
        arms[i] = (struct branch_arm){runnable_hold(never), runnable_hold(same)};
    struct runnable *tree = branch_new(arms, MANY, tree_from("{\"value\": \"else\"}"));
    play_on(&stand, tree, "1", false);
    assert_gave(&stand, "\"else\"");
    runnable_rele(tree);
    runnable_rele(never);
    runnable_rele(same);
    free(arms);
    stand_fini(&stand);
}

static void check_schema(json_t *schema, const char *text)
{
    assert_json(schema, text);
    json_decref(schema);
}

static void test_schemas(void **state)
{
    (void)state;
    struct runnable *tree = tree_from("{\"branch\": [{\"template\": \"{c}\"}, {\"template\": "
                                      "\"{t}\"}, \"pass\"]}");
    check_schema(runnable_input_schema(tree),
                 "{\"title\": \"PromptInput\", \"type\": \"object\", \"properties\": {\"t\": "
                 "{\"title\": \"T\", \"type\": \"string\"}}, \"required\": [\"t\"]}");
    check_schema(runnable_output_schema(tree), "{\"title\": \"RunnableBranchOutput\"}");
    runnable_rele(tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_truth_is_pythons),
        cmocka_unit_test(test_the_first_that_holds_runs),
        cmocka_unit_test(test_a_failed_condition_fails_the_whole),
        cmocka_unit_test(test_many_conditions_take_no_stack),
        cmocka_unit_test(test_schemas),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
