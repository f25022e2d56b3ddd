#include "stages/probe.h"

static struct stand stand;

static void test_the_key_decides(void **state)
{
    (void)state;
    stand_init(&stand);
    struct runnable *tree = tree_from("{\"router\": {\"a\": {\"pick\": \"x\"}, \"b\": \"pass\"}}");
    for (int streaming = 0; streaming < 2; streaming++) {
        play_on(&stand, tree, "{\"key\": \"a\", \"input\": {\"x\": 1}}", streaming);
        assert_gave(&stand, "1");
        play_on(&stand, tree, "{\"key\": \"b\", \"input\": null}", streaming);
        assert_gave(&stand, "null");
        play_on(&stand, tree, "{\"key\": \"c\", \"input\": 1}", streaming);
        assert_failed(&stand, LS_BAD_VALUE);
        assert_string_equal(stand.out.message, "router: no runnable has the key 'c'");
        play_on(&stand, tree, "{\"key\": \"a\"}", streaming);
        assert_failed(&stand, LS_BAD_VALUE);
        play_on(&stand, tree, "\"text\"", streaming);
        assert_failed(&stand, LS_BAD_VALUE);
    }
    runnable_rele(tree);
    stand_fini(&stand);
}

static void test_the_call_goes_on_without_parameters(void **state)
{
    (void)state;
    stand_init(&stand);
    struct probe *probe = probe_new((struct probe_plan){0});
    static const char *const keys[] = {"p"};
    json_auto_t *kwargs = json_of("{\"stop\": [\"x\"]}");
    struct runnable *labelled = labelled_new(
        bind_new(router_new(keys, (struct runnable *const[]){&probe->runnable}, 1), kwargs));
    runnable_set_name(labelled, "named");
    play_on(&stand, labelled, "{\"key\": \"p\", \"input\": 1}", false);
    assert_gave(&stand, "1");
    assert_call(probe, 0, "name", "\"named\"");
    assert_call(probe, 0, "kwargs", "null");
    runnable_rele(labelled);
    stand_fini(&stand);
}

static void test_schemas(void **state)
{
    (void)state;
    struct runnable *tree = tree_from("{\"router\": {\"a\": \"pass\"}}");
    json_auto_t *input = runnable_input_schema(tree);
    json_auto_t *output = runnable_output_schema(tree);
    assert_json(input, "{\"$defs\": {\"RouterInput\": {\"properties\": {\"key\": {\"title\": "
                       "\"Key\", \"type\": \"string\"}, \"input\": {\"title\": \"Input\"}}, "
                       "\"required\": [\"key\", \"input\"], \"title\": \"RouterInput\", \"type\": "
                       "\"object\"}}, \"$ref\": \"#/$defs/RouterInput\", \"title\": "
                       "\"RouterRunnableInput\"}");
    assert_json(output, "{\"title\": \"RouterRunnableOutput\"}");
    runnable_rele(tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_key_decides),
        cmocka_unit_test(test_the_call_goes_on_without_parameters),
        cmocka_unit_test(test_schemas),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
