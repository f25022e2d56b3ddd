/* What is bound to a runnable: parameters, and a config. */
#include "stages/probe.h"

static struct stand stand;
static struct probe *probe;

static struct runnable *bound(struct runnable *inner, const char *kwargs)
{
    json_auto_t *json = json_of(kwargs);
    return bind_new(inner, json);
}

static void play_probe(struct runnable *tree)
{
    play_on(&stand, tree, "\"x\"", false);
    assert_gave(&stand, "\"x\"");
    runnable_rele(tree);
}

static void set_up(void)
{
    stand_init(&stand);
    probe = probe_new((struct probe_plan){0});
    runnable_hold(&probe->runnable);
}

static void tear_down(void)
{
    runnable_rele(&probe->runnable);
    stand_fini(&stand);
}

static void test_the_outer_parameters_count_more(void **state)
{
    (void)state;
    set_up();
    play_probe(bound(bound(&probe->runnable, "{\"stop\": [\"a\"], \"n\": 1}"), "{\"n\": 2}"));
    assert_call(probe, 0, "kwargs", "{\"stop\": [\"a\"], \"n\": 2}");
    tear_down();
}

static void test_a_sequence_hands_them_to_its_first_step(void **state)
{
    (void)state;
    set_up();
    struct probe *second = probe_new((struct probe_plan){0});
    runnable_hold(&second->runnable);
    struct runnable *parts[] = {&probe->runnable, &second->runnable};
    play_probe(bound(sequence_new(parts, 2), "{\"n\": 2}"));
    assert_call(probe, 0, "kwargs", "{\"n\": 2}");
    assert_call(second, 0, "kwargs", "null");
    runnable_rele(&second->runnable);
    tear_down();
}

static void test_retries_fallbacks_and_maps_hand_them_on(void **state)
{
    (void)state;
    set_up();
    struct runnable *tries[] = {&probe->runnable};
    struct runnable *tree = fallbacks_new(tries, 1, &(struct fallbacks_options){.on = 0});
    tree = retry_new(tree, &(struct retry_options){.attempts = 1});
    tree = bound(each_new(tree), "{\"n\": 2}");
    play_on(&stand, tree, "[1]", false);
    assert_gave(&stand, "[1]");
    assert_call(probe, 0, "kwargs", "{\"n\": 2}");
    runnable_rele(tree);
    tear_down();
}

static struct runnable *labelled(struct runnable *inner, const char *config, const char *tags,
                                 const char *metadata)
{
    json_auto_t *json = json_of(config);
    struct runnable *made = labelled_new(inner);
    labelled_set_config(made, json);
    made->tags = json_of(tags);
    made->metadata = json_of(metadata);
    return made;
}

/* As LangChain's with_config: what the run says counts more than what is bound. */
static void test_configs_are_merged(void **state)
{
    (void)state;
    set_up();
    struct runnable *tree =
        labelled(&probe->runnable,
                 "{\"max_concurrency\": 1, \"configurable\": {\"a\": 1, \"b\": 1}}",
                 "[\"z\", \"b\"]", "{\"m\": 1, \"n\": 1}");
    tree = labelled(tree, "{\"max_concurrency\": 2, \"configurable\": {\"a\": 2}}",
                    "[\"b\", \"a\"]", "{\"m\": 2}");
    runnable_set_name(tree, "outer");
    play_probe(tree);
    assert_call(probe, 0, "config",
                "{\"max_concurrency\": 2, \"configurable\": {\"a\": 2, \"b\": 1}}");
    assert_call(probe, 0, "tags", "[\"a\", \"b\", \"z\"]");
    assert_call(probe, 0, "metadata", "{\"m\": 2, \"n\": 1}");
    assert_call(probe, 0, "name", "\"outer\"");
    tear_down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_outer_parameters_count_more),
        cmocka_unit_test(test_a_sequence_hands_them_to_its_first_step),
        cmocka_unit_test(test_retries_fallbacks_and_maps_hand_them_on),
        cmocka_unit_test(test_configs_are_merged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
