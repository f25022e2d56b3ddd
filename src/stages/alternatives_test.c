#include "stages/alternatives.h"

#include "run/configurable.h"
#include "stages/probe.h"

static struct stand stand;

static struct runnable *under(struct runnable *tree, const char *configurable)
{
    json_auto_t *config = json_pack("{s:o}", "configurable", json_of(configurable));
    struct runnable *labelled = labelled_new(runnable_hold(tree));
    labelled_set_config(labelled, config);
    return labelled;
}

static void play_under(struct runnable *tree, const char *configurable, const char *input)
{
    struct runnable *labelled = under(tree, configurable);
    play_on(&stand, labelled, input, true);
    runnable_rele(labelled);
}

static struct runnable *two(const char *id, bool prefix, struct runnable *first,
                            struct runnable *second)
{
    const struct alternatives_options options = {.id = id,
                                                 .default_key = "one",
                                                 .prefix_keys = prefix};
    return alternatives_new(&options, (const char *const[]){NULL, "two"},
                            (struct runnable *const[]){first, second}, 2);
}

static void test_a_run_chooses(void **state)
{
    (void)state;
    stand_init(&stand);
    struct runnable *tree =
        two("which", false, tree_from("{\"value\": 1}"), tree_from("{\"value\": 2}"));
    play_on(&stand, tree, "0", false);
    assert_gave(&stand, "1");
    play_under(tree, "{\"which\": \"two\"}", "0");
    assert_gave(&stand, "2");
    play_under(tree, "{\"which\": \"one\", \"other\": 1}", "0");
    assert_gave(&stand, "1");
    play_under(tree, "{\"which\": \"three\"}", "0");
    assert_failed(&stand, LS_BAD_INPUT);
    play_under(tree, "{\"which\": 7}", "0");
    assert_failed(&stand, LS_BAD_INPUT);
    runnable_rele(tree);
    stand_fini(&stand);
}

static void test_ids_inside_may_be_prefixed(void **state)
{
    (void)state;
    stand_init(&stand);
    struct runnable *inner =
        two("in", false, tree_from("{\"value\": 1}"), tree_from("{\"value\": 2}"));
    struct runnable *tree = two("out", true, inner, tree_from("{\"value\": 3}"));
    play_under(tree, "{\"out==one/in\": \"two\"}", "0");
    assert_gave(&stand, "2");
    play_under(tree, "{\"in\": \"two\", \"out==two/in\": \"one\"}", "0");
    assert_gave(&stand, "2"); /* as LangChain: an id without prefix stays what it is */
    play_under(tree, "{\"out==one/in\": \"two\", \"out\": \"two\"}", "0");
    assert_gave(&stand, "3");
    struct config_specs specs;
    config_specs_init(&specs);
    config_specs_of(tree, &specs);
    assert_int_equal(json_object_size(specs.by_id), 2);
    assert_non_null(json_object_get(specs.by_id, "out==one/in"));
    config_specs_fini(&specs);
    runnable_rele(tree);
    stand_fini(&stand);
}

static void test_specs_and_clashes(void **state)
{
    (void)state;
    struct config_specs specs;
    struct runnable *parts[] = {
        two("which", false, passthrough_new(), passthrough_new()),
        two("which", false, passthrough_new(), passthrough_new()),
        two("other", false, passthrough_new(), passthrough_new()),
        alternatives_new(&(struct alternatives_options){.id = "other", .default_key = "x"}, NULL,
                         (struct runnable *const[]){passthrough_new()}, 1),
    };
    struct runnable *tree = sequence_new(parts, 4);
    config_specs_init(&specs);
    config_specs_of(tree, &specs);
    assert_json(json_object_get(specs.by_id, "which"),
                "{\"property\": {\"$ref\": \"#/$defs/which\", \"default\": \"one\"}, \"defs\": "
                "{\"which\": {\"enum\": [\"two\", \"one\"], \"title\": \"which\", \"type\": "
                "\"string\"}}}");
    assert_json(specs.clashes, "[\"other\"]");
    config_specs_fini(&specs);
    runnable_rele(tree);
}

static void check_input(struct runnable *tree, const char *configurable, const char *variable)
{
    json_auto_t *json = json_of(configurable);
    json_auto_t *schema = configurable_input_schema(tree, json);
    json_auto_t *shown = runnable_input_schema(tree);
    assert_non_null(json_object_get(json_object_get(schema, "properties"), variable));
    assert_non_null(json_object_get(json_object_get(shown, "properties"), "a"));
}

static void test_the_input_schema_follows(void **state)
{
    (void)state;
    struct runnable *inner = two("in", false, tree_from("{\"template\": \"{c}\"}"),
                                 tree_from("{\"template\": \"{d}\"}"));
    struct runnable *parts[] = {two("out", true, tree_from("{\"template\": \"{a}\"}"), inner),
                                passthrough_new()};
    struct runnable *tree = sequence_new(parts, 2);
    check_input(tree, "{}", "a");
    check_input(tree, "{\"out\": \"two\"}", "c");
    check_input(tree, "{\"out\": \"two\", \"out==two/in\": \"two\"}", "d");
    check_input(tree, "{\"out\": \"none\"}", "a");
    runnable_rele(tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_run_chooses),
        cmocka_unit_test(test_ids_inside_may_be_prefixed),
        cmocka_unit_test(test_specs_and_clashes),
        cmocka_unit_test(test_the_input_schema_follows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
