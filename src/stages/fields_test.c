#include "stages/fields.h"

#include "run/configurable.h"
#include "stages/probe.h"

static struct stand stand;
static int made, gone;

/* Gives its values back, and counts; 13 is no use. */
static void on_gone(void *ptr)
{
    (void)ptr;
    gone++;
}

static struct runnable *make(void *owner, json_t *values, struct arena *arena, const char **why)
{
    assert_string_equal(owner, "owner");
    if (json_integer_value(json_object_get(values, "n")) == 13) {
        *why = arena_strdup(arena, "13 is no use");
        return NULL;
    }
    made++;
    arena_defer(arena, on_gone, NULL);
    return value_new(values);
}

static struct runnable *tree_with_fields(void)
{
    json_auto_t *schema = json_of("{\"type\": \"integer\"}");
    json_auto_t *zero = json_integer(0);
    json_auto_t *sizes = json_of("{\"small\": 1, \"large\": 2}");
    json_auto_t *small = json_string("small");
    json_auto_t *list = json_of("[\"small\"]");
    const struct field fields[] = {
        {.name = "n",
         .label = {.id = "n", .name = "N", .description = "d"},
         .schema = schema,
         .fallback = zero},
        {.name = "size", .label = {.id = "which_size"}, .options = sizes, .fallback = small},
        {.name = "sizes",
         .label = {.id = "sizes", .name = "All sizes"},
         .options = sizes,
         .fallback = list},
    };
    made = gone = 0;
    return fields_new(tree_from("{\"value\": \"default\"}"), fields, 3, make, (void *)"owner");
}

static void play_under(struct runnable *tree, const char *configurable)
{
    json_auto_t *config = json_pack("{s:o}", "configurable", json_of(configurable));
    struct runnable *labelled = labelled_new(runnable_hold(tree));
    labelled_set_config(labelled, config);
    play_on(&stand, labelled, "0", true);
    runnable_rele(labelled);
}

static void test_a_run_sets_them(void **state)
{
    (void)state;
    stand_init(&stand);
    struct runnable *tree = tree_with_fields();
    play_on(&stand, tree, "0", false);
    assert_gave(&stand, "\"default\"");
    play_under(tree, "{\"n\": 0, \"which_size\": \"small\", \"sizes\": [\"small\"], \"x\": 1}");
    assert_gave(&stand, "\"default\"");
    assert_int_equal(made, 0);
    play_under(tree, "{\"n\": 5}"); /* the defaults of the others stand for something, too */
    assert_gave(&stand, "{\"n\": 5, \"size\": 1, \"sizes\": [1]}");
    play_under(tree, "{\"n\": 5, \"which_size\": \"large\", \"sizes\": [\"large\", \"small\"]}");
    assert_gave(&stand, "{\"n\": 5, \"size\": 2, \"sizes\": [2, 1]}");
    play_under(tree, "{\"n\": 13}");
    assert_failed(&stand, LS_BAD_INPUT);
    assert_string_equal(stand.out.message, "13 is no use");
    runnable_rele(tree);
    assert_int_equal(gone, made);
    stand_fini(&stand);
}

static void play_number(struct runnable *tree, int number)
{
    char text[64];
    snprintf(text, sizeof text, "{\"n\": %d}", number);
    play_under(tree, text);
    snprintf(text, sizeof text, "{\"n\": %d, \"size\": 1, \"sizes\": [1]}", number);
    assert_gave(&stand, text);
}

static void test_the_last_few_are_kept(void **state)
{
    (void)state;
    stand_init(&stand);
    struct runnable *tree = tree_with_fields();
    for (int i = 1; i <= 32; i++)
        play_number(tree, 100 + i);
    play_number(tree, 101);
    assert_int_equal(made, 32);
    play_number(tree, 200); /* 102 was used longest ago */
    assert_int_equal(made, 33);
    assert_int_equal(gone, 1);
    play_number(tree, 101);
    assert_int_equal(made, 33);
    play_number(tree, 102);
    assert_int_equal(made, 34);
    runnable_rele(tree);
    assert_int_equal(gone, 34);
    stand_fini(&stand);
}

/* One that is dropped from the few while it runs lives until its run is over. */
static void test_a_run_keeps_its_own(void **state)
{
    (void)state;
    stand_init(&stand);
    struct stand other = {0};
    stand_init(&other);
    struct runnable *tree = tree_with_fields();
    json_auto_t *config = json_of("{\"configurable\": {\"n\": 1}}");
    struct runnable *labelled = labelled_new(runnable_hold(tree));
    labelled_set_config(labelled, config);
    stand_open(&other, labelled, false);
    for (int i = 1; i <= 40; i++)
        play_number(tree, 100 + i);
    assert_int_equal(gone, 8);
    stand_end(&other, &outcome_well);
    stand_drive(&other);
    assert_json(other.out.value, "{\"n\": 1, \"size\": 1, \"sizes\": [1]}");
    assert_int_equal(gone, 9);
    runnable_rele(labelled);
    runnable_rele(tree);
    stand_fini(&other);
    stand_fini(&stand);
}

static void test_specs(void **state)
{
    (void)state;
    struct config_specs specs;
    struct runnable *tree = tree_with_fields();
    config_specs_init(&specs);
    config_specs_of(tree, &specs);
    assert_json(
        json_object_get(specs.by_id, "n"),
        "{\"property\": {\"default\": 0, \"description\": \"d\", \"title\": \"N\", \"type\": "
        "\"integer\"}}");
    assert_json(
        json_object_get(specs.by_id, "which_size"),
        "{\"property\": {\"$ref\": \"#/$defs/which_size\", \"default\": \"small\"}, \"defs\": "
        "{\"which_size\": {\"enum\": [\"small\", \"large\"], \"title\": \"which_size\", "
        "\"type\": \"string\"}}}");
    assert_json(json_object_get(specs.by_id, "sizes"),
                "{\"property\": {\"default\": [\"small\"], \"items\": {\"$ref\": "
                "\"#/$defs/All_sizes\"}, \"title\": \"All sizes\", \"type\": \"array\"}, \"defs\": "
                "{\"All_sizes\": {\"enum\": [\"small\", \"large\"], \"title\": \"All sizes\", "
                "\"type\": \"string\"}}}");
    config_specs_fini(&specs);
    runnable_rele(tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_run_sets_them),
        cmocka_unit_test(test_the_last_few_are_kept),
        cmocka_unit_test(test_a_run_keeps_its_own),
        cmocka_unit_test(test_specs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
