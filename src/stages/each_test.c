#include "stages/probe.h"

static struct stand stand;

/* `tree` under a config of {"max_concurrency": n}. */
static struct runnable *limited(struct runnable *tree, int n)
{
    json_auto_t *config = json_pack("{s:i}", "max_concurrency", n);
    struct runnable *labelled = labelled_new(tree);
    labelled_set_config(labelled, config);
    return labelled;
}

static void test_each_element_in_its_place(void **state)
{
    (void)state;
    stand_init(&stand);
    struct runnable *tree = tree_from("{\"each\": {\"seq\": [{\"fake\": {\"echo\": true, "
                                      "\"delay\": 2}}, \"str\"]}}");
    for (int streaming = 0; streaming < 2; streaming++) {
        play_on(&stand, tree, "[\"a\", \"bcd\", \"\"]", streaming);
        assert_gave(&stand, "[\"a\", \"bcd\", \"\"]");
        play_on(&stand, tree, "[]", streaming);
        assert_gave(&stand, "[]");
        play_on(&stand, tree, "\"no list\"", streaming);
        assert_failed(&stand, LS_BAD_VALUE);
    }
    runnable_rele(tree);
    stand_fini(&stand);
}

static void test_as_many_at_once_as_the_config_says(void **state)
{
    (void)state;
    static const int limits[] = {1, 3, 1000};
    static const int most[] = {1, 3, 100};
    json_auto_t *many = json_array();
    for (int i = 0; i < 150; i++)
        json_array_append_new(many, json_integer(i));
    for (size_t i = 0; i < 3; i++) {
        stand_init(&stand);
        struct probe *probe = probe_new((struct probe_plan){.delay = 10});
        struct runnable *tree = limited(each_new(&probe->runnable), limits[i]);
        json_auto_t *inputs = json_pack("[O]", many);
        stand_play(&stand, &(struct play){.tree = tree, .inputs = inputs});
        assert_int_equal(stand.out.kind, OUTCOME_WELL);
        assert_true(json_equal(stand.out.value, many));
        assert_int_equal(probe->most, most[i]);
        assert_int_equal(probe->runs, 150);
        runnable_rele(tree);
        stand_fini(&stand);
    }
}

static void test_one_that_fails_ends_the_others(void **state)
{
    (void)state;
    stand_init(&stand);
    struct probe *probe = probe_new((struct probe_plan){.fails = 1});
    struct runnable *tree = limited(each_new(&probe->runnable), 2);
    play_on(&stand, tree, "[1, 2, 3, 4]", false);
    assert_failed(&stand, LS_UPSTREAM);
    assert_int_equal(probe->runs, 2); /* the two that were under way */
    runnable_rele(tree);
    stand_fini(&stand);
}

static void test_many_elements_take_no_stack(void **state)
{
    (void)state;
    stand_init(&stand);
    struct runnable *tree = limited(tree_from("{\"each\": \"pass\"}"), 1);
    json_auto_t *many = json_array();
    for (int i = 0; i < 50000; i++)
        json_array_append_new(many, json_integer(i));
    json_auto_t *inputs = json_pack("[O]", many);
    stand_play(&stand, &(struct play){.tree = tree, .inputs = inputs});
    assert_true(json_equal(stand.out.value, many));
    runnable_rele(tree);
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
    struct runnable *tree = tree_from("{\"each\": {\"seq\": [{\"template\": \"{t}\"}, \"str\"]}}");
    assert_string_equal(tree->name, "RunnableEach<RunnableSequence>");
    check_schema(runnable_input_schema(tree),
                 "{\"$defs\": {\"PromptInput\": {\"properties\": {\"t\": {\"title\": \"T\", "
                 "\"type\": \"string\"}}, \"required\": [\"t\"], \"title\": \"PromptInput\", "
                 "\"type\": \"object\"}}, \"default\": null, \"items\": {\"$ref\": "
                 "\"#/$defs/PromptInput\"}, \"title\": \"RunnableEach<RunnableSequence>Input\", "
                 "\"type\": \"array\"}");
    check_schema(runnable_output_schema(tree),
                 "{\"$defs\": {\"StrOutputParserOutput\": {\"title\": \"StrOutputParserOutput\", "
                 "\"type\": \"string\"}}, \"items\": {\"$ref\": "
                 "\"#/$defs/StrOutputParserOutput\"}, \"title\": "
                 "\"RunnableEach<RunnableSequence>Output\", \"type\": \"array\"}");
    runnable_rele(tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_element_in_its_place),
        cmocka_unit_test(test_as_many_at_once_as_the_config_says),
        cmocka_unit_test(test_one_that_fails_ends_the_others),
        cmocka_unit_test(test_many_elements_take_no_stack),
        cmocka_unit_test(test_schemas),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
