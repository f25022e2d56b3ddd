#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "yaml/option.h"
#include "yaml/yaml_read.h"

struct target {
    const char *name, *title;
    int64_t port, timeout;
    double temperature;
};

static const struct option table[] = {
    {.name = "name",
     .type = OPTION_STRING,
     .offset = offsetof(struct target, name),
     .required = true},
    {.name = "title",
     .type = OPTION_STRING,
     .offset = offsetof(struct target, title),
     .fallback = "no title"},
    {.name = "port",
     .type = OPTION_INT,
     .offset = offsetof(struct target, port),
     .fallback = "8000",
     .min = 1,
     .max = 65535},
    {.name = "timeout",
     .type = OPTION_DURATION,
     .also = "request_timeout",
     .offset = offsetof(struct target, timeout),
     .fallback = "1m30s"},
    {.name = "temperature", .type = OPTION_REAL, .offset = offsetof(struct target, temperature)},
    {0},
};
static const char *const others[] = {"provider", NULL};

static struct arena *arena;
static struct problems problems;
static struct buf printed;
static struct target target;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new(0);
    problems_init(&problems);
    buf_init(&printed, 1 << 16);
    memset(&target, 0, sizeof target);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    buf_fini(&printed);
    problems_fini(&problems);
    arena_free(&arena);
    return 0;
}

static void expect(const char *text, const char *told)
{
    const struct node *map = yaml_read(arena, "a.yaml", text, strlen(text), &problems);
    options_read(table, map, &target, others, "model", arena, &problems);
    problems_sort(&problems);
    problems_print(&problems, &printed);
    assert_string_equal(buf_str(&printed), told);
}

static void what_is_given_is_read(void **state)
{
    (void)state;
    expect("{name: n, title: t, port: 80, timeout: 5, temperature: 0, provider: fake}", "");
    assert_string_equal(target.name, "n");
    assert_string_equal(target.title, "t");
    assert_int_equal(target.port, 80);
    assert_int_equal(target.timeout, 5000);
    assert_true(target.temperature == 0);
}

static void what_is_absent_or_null_gets_its_fallback(void **state)
{
    (void)state;
    expect("name: n\nport:\ntimeout: ~\n", "");
    assert_string_equal(target.title, "no title");
    assert_int_equal(target.port, 8000);
    assert_int_equal(target.timeout, 90000);
    assert_true(target.temperature != target.temperature);
}

static void every_mistake_of_a_mapping_is_told(void **state)
{
    (void)state;
    expect("prot: 80\ntimeout: 30 parsecs\nprovidr: x\nport: 0\ntitle: [a]\n",
           "a.yaml:1:1: error: unknown model option 'prot', did you mean 'port'?\n"
           "a.yaml:1:1: error: model: the option 'name' is missing\n"
           "a.yaml:2:10: error: timeout: \"30 parsecs\" is not a duration; write it like 30s, "
           "1m30s or 250ms\n"
           "a.yaml:3:1: error: unknown model option 'providr', did you mean 'provider'?\n"
           "a.yaml:4:7: error: port: 0 is out of range; it must be 1 to 65535\n"
           "a.yaml:5:8: error: title: a list is not text; write one string\n");
    assert_int_equal(target.port, 8000);
    assert_string_equal(target.title, "no title");
}

static void an_unknown_key_that_is_like_none_gets_the_list(void **state)
{
    (void)state;
    expect("name: n\nzzzzz: 1\n",
           "a.yaml:2:1: error: unknown model option 'zzzzz', one of: name, title, port, timeout, "
           "temperature, provider\n");
}

static void a_name_from_elsewhere_is_translated(void **state)
{
    (void)state;
    expect("name: n\nrequest_timeout: 1\n",
           "a.yaml:2:1: error: unknown model option 'request_timeout'; here it is 'timeout'\n");
    assert_int_equal(target.timeout, 90000);
}

static void an_unknown_key_of_two_tables_is_told_once(void **state)
{
    (void)state;
    static const struct option common[] = {{.name = "provider", .type = OPTION_STRING}, {0}};
    static const char *const rest[] = {"name", NULL};
    const char *text = "name: n\nzzzzz: 1\n";
    const struct node *map = yaml_read(arena, "a.yaml", text, strlen(text), &problems);
    options_read(table, map, &target, others, "model", arena, &problems);
    options_read(common, map, &target, rest, "model", arena, &problems);
    assert_int_equal(problems.errors, 1);
}

static void a_required_null_is_missing(void **state)
{
    (void)state;
    expect("name:\n", "a.yaml:1:1: error: model: the option 'name' is missing\n");
}

static void nothing_at_all_gets_all_fallbacks(void **state)
{
    (void)state;
    options_read(table, NULL, &target, NULL, "model", arena, &problems);
    assert_int_equal(problems.errors, 1); /* the name */
    assert_int_equal(target.port, 8000);
}

static void what_is_no_mapping_is_told_once(void **state)
{
    (void)state;
    expect("[name]", "a.yaml:1:1: error: model: expected options, written as `name: value`, and "
                     "not a list\n");
    assert_int_equal(target.port, 8000);
}

static void a_value_told_about_already_is_passed_over(void **state)
{
    (void)state;
    expect("{name: n, port: 99999999999999999999}",
           "a.yaml:1:17: error: this number does not fit in 64 bits; write it in quotes if it is "
           "meant as text\n");
    assert_int_equal(target.port, 8000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_given_is_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_absent_or_null_gets_its_fallback, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(every_mistake_of_a_mapping_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_name_from_elsewhere_is_translated, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_unknown_key_of_two_tables_is_told_once, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(an_unknown_key_that_is_like_none_gets_the_list, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_required_null_is_missing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_at_all_gets_all_fallbacks, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_mapping_is_told_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_value_told_about_already_is_passed_over, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
