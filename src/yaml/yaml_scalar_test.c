#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "yaml/yaml_scalar.h"

static const struct place here = {.file = "app.yaml", .line = 1, .column = 1};

struct row {
    const char *text, *json; /* what it reads as; NULL: an error */
};

static void check(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct arena *arena = arena_new(0);
        struct problems problems;
        problems_init(&problems);
        json_auto_t *json =
            node_to_json(yaml_scalar(arena, rows[i].text, strlen(rows[i].text), here, &problems));
        char *dumped = json_dumps(json, JSON_ENCODE_ANY);
        assert_int_equal(problems.errors, rows[i].json ? 0 : 1);
        if (rows[i].json)
            assert_string_equal(dumped, rows[i].json);
        free(dumped);
        problems_fini(&problems);
        arena_free(&arena);
    }
}

#define CHECK(rows) check(rows, sizeof rows / sizeof *rows)

static void words_follow_the_core_schema(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"", "null"},       {"~", "null"},        {"null", "null"},   {"Null", "null"},
        {"NULL", "null"},   {"nULL", "\"nULL\""}, {"true", "true"},   {"True", "true"},
        {"TRUE", "true"},   {"tRue", "\"tRue\""}, {"false", "false"}, {"False", "false"},
        {"FALSE", "false"}, {"no", "\"no\""},     {"No", "\"No\""},   {"yes", "\"yes\""},
        {"on", "\"on\""},   {"off", "\"off\""},   {"y", "\"y\""},     {"n", "\"n\""},
    };
    CHECK(rows);
}

static void integers_follow_the_core_schema(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"0", "0"},
        {"-0", "0"},
        {"+12", "12"},
        {"007", "7"},
        {"0x1F", "31"},
        {"0o17", "15"},
        {"9223372036854775807", "9223372036854775807"},
        {"-9223372036854775808", "-9223372036854775808"},
        {"0x7fffffffffffffff", "9223372036854775807"},
        {"9223372036854775808", NULL},
        {"-9223372036854775809", NULL},
        {"0xffffffffffffffff", NULL},
        {"0o7777777777777777777777777", NULL},
        {"1_000", "\"1_000\""},
        {"0b11", "\"0b11\""},
        {"-0x1", "\"-0x1\""},
        {"0x", "\"0x\""},
        {"0o8", "\"0o8\""},
        {"0X1", "\"0X1\""},
        {"1:30", "\"1:30\""},
        {"+", "\"+\""},
        {"-", "\"-\""},
        {"1 2", "\"1 2\""},
    };
    CHECK(rows);
}

static void reals_follow_the_core_schema(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"0.5", "0.5"},
        {".5", "0.5"},
        {"1.", "1.0"},
        {"-1.5e3", "-1500.0"},
        {"1e3", "1000.0"},
        {"1E+2", "100.0"},
        {"+.5e-1", "0.050000000000000003"},
        {".", "\".\""},
        {"..", "\"..\""},
        {"1.2.3", "\"1.2.3\""},
        {"1e", "\"1e\""},
        {"e1", "\"e1\""},
        {".e1", "\".e1\""},
        {"1e+", "\"1e+\""},
        {"inf", "\"inf\""},
        {"nan", "\"nan\""},
        {"0x1p3", "\"0x1p3\""},
        {"1e-999", "0.0"},
        {"1e999", NULL},
        {"-1e999", NULL},
    };
    CHECK(rows);
}

static void numbers_that_json_lacks_are_refused(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {".inf", NULL},         {".Inf", NULL},       {".INF", NULL}, {"+.inf", NULL},
        {"-.INF", NULL},        {".nan", NULL},       {".NaN", NULL}, {".NAN", NULL},
        {"-.nan", "\"-.nan\""}, {".iNf", "\".iNf\""},
    };
    CHECK(rows);
}

static void a_refused_number_is_not_quoted(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct problems problems;
    problems_init(&problems);
    yaml_scalar(arena, "99999999999999999999", 20, here, &problems);
    assert_string_equal(problems.items[0].text, "this number does not fit in 64 bits; write it in "
                                                "quotes if it is meant as text");
    problems_fini(&problems);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_follow_the_core_schema),
        cmocka_unit_test(integers_follow_the_core_schema),
        cmocka_unit_test(reals_follow_the_core_schema),
        cmocka_unit_test(numbers_that_json_lacks_are_refused),
        cmocka_unit_test(a_refused_number_is_not_quoted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
