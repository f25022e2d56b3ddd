#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/buf.h"
#include "observe/event_filter.h"
#include "observe/step_text.h"

static const struct runnable_ops model_ops = {.type = "Model", .step = STEP_CHAT_MODEL};
static const struct runnable model = {.ops = &model_ops, .name = "Model"};
static const struct step root = {.runnable = &model, .name = "/route"};

static json_t *list(const char *one, const char *two)
{
    json_t *made = json_array();
    if (one)
        json_array_append_new(made, json_string(one));
    if (two)
        json_array_append_new(made, json_string(two));
    return made;
}

/* Whether a chat model named "m" with the tags "a" and "b" passes; drops the lists. */
static bool passes(struct event_filter filter)
{
    json_auto_t *tags = list("a", "b");
    struct step_tags all = {.all = tags};
    const struct step step = {.parent = &root, .runnable = &model, .name = "m", .tags = &all};
    bool passed = event_filter_passes(&filter, &step, "chat_model");
    json_t *lists[] = {filter.include_names, filter.include_types, filter.include_tags,
                       filter.exclude_names, filter.exclude_types, filter.exclude_tags,
                       filter.allowed_names};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        json_decref(lists[i]);
    return passed;
}

static void without_filters_all_pass(void **state)
{
    (void)state;
    assert_true(passes((struct event_filter){0}));
}

static void any_include_list_is_enough(void **state)
{
    (void)state;
    assert_true(passes((struct event_filter){.include_names = list("m", NULL)}));
    assert_true(passes((struct event_filter){.include_types = list("chain", "chat_model")}));
    assert_true(passes((struct event_filter){.include_tags = list("b", NULL)}));
    assert_true(passes((struct event_filter){.include_names = list("other", NULL),
                                             .include_tags = list("a", NULL)}));
    assert_false(passes((struct event_filter){.include_names = list("other", "n")}));
    assert_false(passes((struct event_filter){.include_types = list("llm", NULL)}));
}

static void an_empty_include_list_lets_nothing_through(void **state)
{
    (void)state;
    assert_false(passes((struct event_filter){.include_names = list(NULL, NULL)}));
}

static void any_exclude_list_is_enough(void **state)
{
    (void)state;
    assert_false(passes((struct event_filter){.exclude_names = list("m", NULL)}));
    assert_false(passes((struct event_filter){.exclude_types = list("chat_model", NULL)}));
    assert_false(passes((struct event_filter){.exclude_tags = list("x", "a")}));
    assert_false(passes(
        (struct event_filter){.include_names = list("m", NULL), .exclude_tags = list("b", NULL)}));
    assert_true(passes((struct event_filter){.exclude_names = list(NULL, NULL)}));
}

static void a_route_lets_out_what_it_allows(void **state)
{
    (void)state;
    assert_true(passes((struct event_filter){.allowed_names = list("m", NULL)}));
    assert_false(passes(
        (struct event_filter){.allowed_names = list("n", NULL), .include_names = list("m", NULL)}));
    json_auto_t *none = json_array();
    const struct event_filter filter = {.allowed_names = none};
    assert_true(event_filter_passes(&filter, &root, "chain"));
}

/* ---- how steps are shown ---- */

static void assert_shown(json_t *value, size_t limit, const char *text)
{
    struct buf out;
    buf_init(&out, 1 << 20);
    step_print_value(&out, value, limit);
    assert_string_equal(buf_str(&out), text);
    buf_fini(&out);
    json_decref(value);
}

static void values_are_shown_up_to_a_limit(void **state)
{
    (void)state;
    assert_shown(NULL, 0, "null");
    assert_shown(json_string("abc"), 5, "\"abc\"");
    assert_shown(json_string("abcd"), 5, "{\"omitted_bytes\":6}");
    assert_shown(json_pack("{s:[],s:s}", "messages", "type", "ChatPromptValueConcrete"), 0,
                 "{\"messages\":[]}");
    assert_shown(json_string("\u2028"), 0, "\"\\u2028\"");
}

static void metadata_of_the_server_is_not_shown(void **state)
{
    (void)state;
    json_auto_t *metadata = json_pack("{s:i,s:i,s:i}", "__own", 1, "user", 2, "_kept", 3);
    const struct step step = {.runnable = &model, .metadata = metadata};
    struct buf out;
    buf_init(&out, 1 << 20);
    step_print_metadata(&out, step.metadata);
    assert_string_equal(buf_str(&out), "{\"user\":2,\"_kept\":3}");
    buf_fini(&out);
}

static void parents_are_shown_from_the_root_on(void **state)
{
    (void)state;
    struct step above = {.id = {.bytes = {1}}};
    struct step middle = {.id = {.bytes = {2}}, .parent = &above};
    struct step below = {.parent = &middle};
    struct buf out;
    buf_init(&out, 1 << 20);
    step_print_parents(&out, &below);
    assert_string_equal(buf_str(&out), "[\"01000000-0000-0000-0000-000000000000\","
                                       "\"02000000-0000-0000-0000-000000000000\"]");
    buf_reset(&out);
    step_print_parents(&out, &above);
    assert_string_equal(buf_str(&out), "[]");
    buf_fini(&out);
}

static void a_model_that_failed_gave_no_generations(void **state)
{
    (void)state;
    json_auto_t *result = step_model_result(&root, NULL);
    char *text = json_dumps(result, JSON_COMPACT);
    assert_string_equal(
        text, "{\"generations\":[[]],\"llm_output\":null,\"run\":null,\"type\":\"LLMResult\"}");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_filters_all_pass),
        cmocka_unit_test(any_include_list_is_enough),
        cmocka_unit_test(an_empty_include_list_lets_nothing_through),
        cmocka_unit_test(any_exclude_list_is_enough),
        cmocka_unit_test(a_route_lets_out_what_it_allows),
        cmocka_unit_test(values_are_shown_up_to_a_limit),
        cmocka_unit_test(metadata_of_the_server_is_not_shown),
        cmocka_unit_test(parents_are_shown_from_the_root_on),
        cmocka_unit_test(a_model_that_failed_gave_no_generations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
