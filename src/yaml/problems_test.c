#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "yaml/problems.h"

static struct problems problems;

static int set_up(void **state)
{
    (void)state;
    problems_init(&problems);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    problems_fini(&problems);
    return 0;
}

static struct place at(const char *file, int line, int column)
{
    return (struct place){.file = file, .line = line, .column = column};
}

static void expect_printed(const char *expected)
{
    struct buf out;
    buf_init(&out, 1 << 20);
    problems_print(&problems, &out);
    assert_string_equal(buf_str(&out), expected);
    buf_fini(&out);
}

static void problems_print_with_their_place(void **state)
{
    (void)state;
    problems_error(&problems, at("app.yaml", 3, 7), "%s is wrong", "this");
    problems_warn(&problems, at("ls_prompt()", 0, 0), "unused");
    problems_error(&problems, at(NULL, 0, 0), "nowhere");
    expect_printed("app.yaml:3:7: error: this is wrong\n"
                   "ls_prompt(): warning: unused\n"
                   "error: nowhere\n");
    assert_int_equal(problems.errors, 2);
}

static void what_is_told_twice_is_kept_once(void **state)
{
    (void)state;
    problems_error(&problems, at("a", 1, 1), "same");
    problems_error(&problems, at("a", 1, 1), "same");
    problems_error(&problems, at("a", 1, 2), "same");
    problems_error(&problems, at("b", 1, 1), "same");
    problems_warn(&problems, at("b", 1, 1), "odd");
    assert_int_equal(problems.count, 4);
    assert_int_equal(problems.errors, 3);
    assert_int_equal(problems.told, 4);
}

static void sorting_keeps_the_order_within_a_place(void **state)
{
    (void)state;
    problems_error(&problems, at("b", 1, 1), "6");
    problems_error(&problems, at("a", 10, 1), "5");
    problems_error(&problems, at("a", 9, 4), "3");
    problems_error(&problems, at("a", 9, 4), "4");
    problems_error(&problems, at("a", 9, 3), "2");
    problems_error(&problems, at("a", 0, 0), "1");
    problems_sort(&problems);
    for (int i = 0; i < 6; i++)
        assert_int_equal(problems.items[i].text[0], '1' + i);
}

static void each_is_one_line(void **state)
{
    (void)state;
    problems_error(&problems, at("a\nb", 1, 2), "'%s'", "x\r\n\t\x1b\x7f\xc2\x85\u2028\u2029译");
    problems_warn(&problems, at("\xc2\n", 0, 0), "\xe2\x80");
    expect_printed("a\\nb:1:2: error: 'x\\x0d\\n\\t\\x1b\\x7f\\u0085\\u2028\\u2029译'\n"
                   "\xc2\\n: warning: \xe2\x80\n");
}

static void an_unknown_word_gets_the_nearest_or_all(void **state)
{
    (void)state;
    static const char *const words[] = {"prompt", "model", "parallel", NULL};
    static const char *const none[] = {NULL};
    problems_unknown(&problems, at("a", 1, 1), "kind", "promt", words);
    problems_unknown(&problems, at("a", 2, 1), "kind", "zzzzzz", words);
    problems_unknown(&problems, at("a", 3, 1), "kind", "x", none);
    problems_unknown(&problems, at("a", 4, 1), "kind", NULL, words);
    expect_printed("a:1:1: error: unknown kind 'promt', did you mean 'prompt'?\n"
                   "a:2:1: error: unknown kind 'zzzzzz', one of: prompt, model, parallel\n"
                   "a:3:1: error: unknown kind 'x'\n"
                   "a:4:1: error: unknown kind (not shown, it is secret), one of: prompt, model, "
                   "parallel\n");
}

static void a_flood_is_cut_and_counted(void **state)
{
    (void)state;
    for (int i = 0; i < PROBLEMS_MAX + 20; i++)
        problems_error(&problems, at("a", i + 1, 1), "wrong");
    assert_int_equal(problems.count, PROBLEMS_MAX);
    assert_int_equal(problems.errors, PROBLEMS_MAX + 20);
    struct buf out;
    buf_init(&out, 1 << 20);
    problems_print(&problems, &out);
    assert_non_null(strstr(buf_str(&out), "error: and 20 more\n"));
    buf_fini(&out);
}

static void problems_outlive_the_file_name_they_were_told_with(void **state)
{
    (void)state;
    char file[] = "app.yaml";
    problems_error(&problems, at(file, 1, 1), "wrong");
    memset(file, 'x', sizeof file - 1);
    expect_printed("app.yaml:1:1: error: wrong\n");
    assert_true(problems_has(&problems, at("app.yaml", 1, 1)));
    assert_false(problems_has(&problems, at("app.yaml", 1, 2)));
}

static void a_warning_is_no_error_at_its_place(void **state)
{
    (void)state;
    problems_warn(&problems, at("a", 1, 1), "odd");
    assert_false(problems_has(&problems, at("a", 1, 1)));
    assert_int_equal(problems.errors, 0);
}

static void quotes_are_one_line_and_short(void **state)
{
    (void)state;
    char out[PROBLEMS_QUOTE];
    assert_string_equal(problems_quote(out, "a\nb\tc\x01", 6), "\"a\\nb\\tc\\x01\"");
    char longer[200 * 3 + 1];
    for (size_t i = 0; i < 200; i++)
        memcpy(longer + 3 * i, "译", 3);
    problems_quote(out, longer, sizeof longer - 1);
    assert_int_equal(strlen(out), 1 + 40 * 3 + strlen("…\""));
    memset(longer, 1, 600);
    problems_quote(out, longer, 600);
    assert_string_equal(out + strlen(out) - strlen("…\""), "…\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(problems_print_with_their_place, set_up, tear_down),
        cmocka_unit_test_setup_teardown(each_is_one_line, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_told_twice_is_kept_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(sorting_keeps_the_order_within_a_place, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_unknown_word_gets_the_nearest_or_all, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_flood_is_cut_and_counted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(problems_outlive_the_file_name_they_were_told_with, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_warning_is_no_error_at_its_place, set_up, tear_down),
        cmocka_unit_test_setup_teardown(quotes_are_one_line_and_short, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
