#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "yaml/interpolate.h"

static struct arena *arena;
static struct problems problems;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new(0);
    problems_init(&problems);
    setenv("LS_TEST_NAME", "世界", 1);
    setenv("LS_TEST_EMPTY", "", 1);
    setenv("LS_TEST_NESTED", "${LS_TEST_NAME}", 1);
    setenv("LS_TEST_BAD", "\xff", 1);
    unsetenv("LS_TEST_UNSET");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    problems_fini(&problems);
    arena_free(&arena);
    return 0;
}

static const struct node *replaced(const char *text)
{
    struct place here = {.file = "app.yaml", .line = 2, .column = 5};
    return interpolate(arena, node_new_string(arena, text, strlen(text), here), &problems);
}

static void expect(const char *text, const char *expected, bool secret)
{
    const struct node *node = replaced(text);
    assert_int_equal(problems.count, 0);
    assert_string_equal(node->as.string.text, expected);
    assert_int_equal(node->as.string.len, strlen(expected));
    assert_int_equal(node->secret, secret);
    assert_int_equal(node->place.line, 2);
}

static void expect_error(const char *text, const char *expected)
{
    problems_fini(&problems);
    replaced(text);
    assert_int_equal(problems.errors, 1);
    assert_memory_equal(problems.items[0].text, expected, strlen(expected));
    assert_int_equal(problems.items[0].place.column, 5);
}

static void variables_are_replaced_and_secret(void **state)
{
    (void)state;
    expect("${LS_TEST_NAME}", "世界", true);
    expect("你好 ${LS_TEST_NAME}! ${LS_TEST_NAME}$", "你好 世界! 世界$", true);
    expect("<${LS_TEST_EMPTY}>", "<>", true);
    expect("${LS_TEST_NESTED}", "${LS_TEST_NAME}", true);
}

static void a_default_stands_in_for_unset_and_empty(void **state)
{
    (void)state;
    expect("${LS_TEST_NAME:-x}", "世界", true);
    expect("a${LS_TEST_UNSET:-b c}d", "ab cd", false);
    expect("${LS_TEST_UNSET:-}", "", false);
    expect("${LS_TEST_EMPTY:-http://localhost:80/}", "http://localhost:80/", false);
    expect("${LS_TEST_UNSET:-:-$x}", ":-$x", false);
}

static void a_doubled_dollar_is_literal(void **state)
{
    (void)state;
    expect("$${", "${", false);
    expect("$${LS_TEST_NAME}", "${LS_TEST_NAME}", false);
    expect("$$${LS_TEST_NAME}", "$${LS_TEST_NAME}", false);
    expect("$${a} ${LS_TEST_NAME}", "${a} 世界", true);
}

static void text_without_variables_is_the_same_node(void **state)
{
    (void)state;
    struct place here = {0};
    static const char *const plain[] = {"", "$", "$$", "{x}", "$x", "$ {x}", "costs 5$"};
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
        struct node *node = node_new_string(arena, plain[i], strlen(plain[i]), here);
        assert_ptr_equal(interpolate(arena, node, &problems), node);
    }
}

static void an_unset_variable_is_named(void **state)
{
    (void)state;
    expect_error("x ${LS_TEST_UNSET}", "the environment variable LS_TEST_UNSET is not set; set it, "
                                       "or give a default: ${LS_TEST_UNSET:-default}");
    problems_fini(&problems);
    replaced("${LS_TEST_UNSET} ${LS_TEST_UNSET2}");
    assert_int_equal(problems.errors, 2);
}

static void what_is_no_reference_is_refused(void **state)
{
    (void)state;
    expect_error("${LS_TEST_NAME", "a '${' is never closed");
    expect_error("${", "a '${' is never closed");
    expect_error("${}", "\"${}\" names no environment variable; write ${NAME}");
    expect_error("${1A}", "\"${1A}\" names no environment variable");
    expect_error("${A B}", "\"${A B}\" names no environment variable");
    expect_error("${A-b}", "\"${A-b}\" names no environment variable");
    expect_error("${A:b}", "\"${A:b}\" names no environment variable");
    expect_error("${键}", "\"${键}\" names no environment variable");
}

static void a_variable_that_is_no_text_is_refused_unshown(void **state)
{
    (void)state;
    expect_error("${LS_TEST_BAD}", "the environment variable LS_TEST_BAD is not UTF-8 text");
}

static void a_huge_variable_is_refused(void **state)
{
    (void)state;
    struct buf text;
    buf_init(&text, 4 << 20);
    for (int i = 0; i < 300; i++)
        for (int k = 0; k < 1000; k++)
            buf_add_str(&text, "$${x");
    problems_fini(&problems);
    replaced(buf_str(&text));
    assert_int_equal(problems.errors, 0);
    for (int i = 0; i < 100; i++)
        for (int k = 0; k < 1000; k++)
            buf_add_str(&text, "$${xyz");
    replaced(buf_str(&text));
    assert_int_equal(problems.errors, 1);
    buf_fini(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(variables_are_replaced_and_secret, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_default_stands_in_for_unset_and_empty, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_doubled_dollar_is_literal, set_up, tear_down),
        cmocka_unit_test_setup_teardown(text_without_variables_is_the_same_node, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_unset_variable_is_named, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_reference_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_variable_that_is_no_text_is_refused_unshown, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_huge_variable_is_refused, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
