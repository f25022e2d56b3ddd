#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "yaml/option_value.h"
#include "yaml/yaml_read.h"

static struct arena *arena;
static struct problems problems;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new(0);
    problems_init(&problems);
    setenv("LS_TEST_NUMBER", "12", 1);
    setenv("LS_TEST_TRUE", "true", 1);
    setenv("LS_TEST_KEY", "sk-hush", 1);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    problems_fini(&problems);
    arena_free(&arena);
    return 0;
}

static void read_value(const struct option *row, const char *text, void *field)
{
    const struct node *node = yaml_read(arena, "a.yaml", text, strlen(text), &problems);
    option_read(row, node, field, arena, &problems);
}

/* Reads text that is right. */
static void take(const struct option *row, const char *text, void *field)
{
    read_value(row, text, field);
    assert_string_equal(problems.count ? problems.items[0].text : "", "");
}

/* Reads text that is wrong, which must leave the field alone. */
static void refuse(const struct option *row, const char *text, const char *told)
{
    char field[64], before[64];
    memset(field, 0x5a, sizeof field);
    memset(before, 0x5a, sizeof before);
    problems_fini(&problems);
    read_value(row, text, field);
    assert_int_equal(problems.count, 1);
    assert_string_equal(problems.items[0].text, told);
    assert_memory_equal(field, before, sizeof field);
}

static void strings(void **state)
{
    (void)state;
    const struct option row = {.name = "title", .type = OPTION_STRING};
    const char *text = NULL;
    take(&row, "一 二", &text);
    assert_string_equal(text, "一 二");
    take(&row, "no", &text);
    assert_string_equal(text, "no");
    take(&row, "n${LS_TEST_NUMBER}${LS_TEST_NO:-x}$${", &text);
    assert_string_equal(text, "n12x${");
    refuse(&row, "1.0", "title: 1 is not text; put it in quotes");
    refuse(&row, "true", "title: true is not text; put it in quotes");
    refuse(&row, "{a: 1}", "title: a mapping is not text; write one string");
    refuse(&row, "\"a\\0b\"", "title: \"a\\x00b\" is not usable text; take the character \\0 out");
    refuse(&row, "a${LS_TEST_NO}",
           "the environment variable LS_TEST_NO is not set; set it, or "
           "give a default: ${LS_TEST_NO:-default}");
}

static void bools(void **state)
{
    (void)state;
    const struct option row = {.name = "verbose", .type = OPTION_BOOL};
    bool value = false;
    take(&row, "true", &value);
    assert_true(value);
    take(&row, "False", &value);
    assert_false(value);
    take(&row, "${LS_TEST_TRUE}", &value);
    assert_true(value);
    refuse(&row, "yes", "verbose: \"yes\" is not true or false; write true");
    refuse(&row, "off", "verbose: \"off\" is not true or false; write false");
    refuse(&row, "maybe", "verbose: \"maybe\" is not true or false; write one of the two");
    refuse(&row, "1", "verbose: 1 is not true or false; write one of the two");
}

static void integers(void **state)
{
    (void)state;
    const struct option row = {.name = "port", .type = OPTION_INT, .min = 1, .max = 65535};
    const struct option any = {.name = "seed", .type = OPTION_INT};
    int64_t value = 0;
    take(&row, "65535", &value);
    assert_int_equal(value, 65535);
    take(&row, "${LS_TEST_NUMBER}", &value);
    assert_int_equal(value, 12);
    take(&row, "${LS_TEST_NO:-7}", &value);
    assert_int_equal(value, 7);
    take(&any, "-9223372036854775808", &value);
    assert_true(value == INT64_MIN);
    refuse(&row, "65536", "port: 65536 is out of range; it must be 1 to 65535");
    refuse(&row, "eighty", "port: \"eighty\" is not a whole number; write one between 1 and 65535");
    refuse(&row, "1.5", "port: 1.5 is not a whole number; write one between 1 and 65535");
    refuse(&any, "[1]", "seed: a list is not a whole number; write digits only, like 10");
}

static void counts(void **state)
{
    (void)state;
    const struct option row = {.name = "workers", .type = OPTION_COUNT, .min = 1, .max = 9999};
    int64_t value = 7;
    take(&row, "auto", &value);
    assert_int_equal(value, 0);
    take(&row, "4", &value);
    assert_int_equal(value, 4);
    take(&row, "\"${LS_TEST_NUMBER}\"", &value);
    assert_int_equal(value, 12);
    refuse(&row, "0", "workers: 0 is out of range; it must be 1 to 9999");
    refuse(&row, "Auto",
           "workers: \"Auto\" is not a number, or auto; write one between 1 and 9999");
}

static void reals(void **state)
{
    (void)state;
    const struct option row = {.name = "temperature", .type = OPTION_REAL, .min = 0, .max = 2};
    double value = 0;
    take(&row, "0.5", &value);
    assert_true(value == 0.5);
    take(&row, "1", &value);
    assert_true(value == 1);
    take(&row, "${LS_TEST_NO:-1.5}", &value);
    assert_true(value == 1.5);
    refuse(&row, "2.5", "temperature: 2.5 is out of range; it must be 0 to 2");
    refuse(&row, "hot", "temperature: \"hot\" is not a number; write one between 0 and 2");
    refuse(&row, "\".nan\"", "temperature: \".nan\" is not a number; write one between 0 and 2");
}

static void durations(void **state)
{
    (void)state;
    const struct option row = {.name = "timeout", .type = OPTION_DURATION};
    const struct option short_row = {
        .name = "idle", .type = OPTION_DURATION, .min = 100, .max = 90000};
    int64_t ms = 0;
    take(&row, "1m30s", &ms);
    assert_int_equal(ms, 90000);
    take(&row, "30", &ms);
    assert_int_equal(ms, 30000);
    take(&row, "0.5", &ms);
    assert_int_equal(ms, 500);
    take(&row, "${LS_TEST_NUMBER}ms", &ms);
    assert_int_equal(ms, 12);
    refuse(&row, "30 parsecs",
           "timeout: \"30 parsecs\" is not a duration; write it like 30s, 1m30s or 250ms");
    refuse(&row, "-1", "timeout: -1 is not a duration; write it like 30s, 1m30s or 250ms");
    refuse(&short_row, "2m", "idle: \"2m\" is out of range; it must be 100ms to 1m30s");
}

static void sizes(void **state)
{
    (void)state;
    const struct option row = {.name = "body", .type = OPTION_SIZE, .min = 1024, .max = 1 << 20};
    int64_t bytes = 0;
    take(&row, "64KB", &bytes);
    assert_int_equal(bytes, 65536);
    take(&row, "2048", &bytes);
    assert_int_equal(bytes, 2048);
    refuse(&row, "2MB", "body: \"2MB\" is out of range; it must be 1KB to 1MB");
    refuse(&row, "big", "body: \"big\" is not a size; write it like 10MB, 64KB or 512B");
    refuse(&row, "1.5", "body: 1.5 is not a size; write it like 10MB, 64KB or 512B");
}

static void choices(void **state)
{
    (void)state;
    static const char *const words[] = {"langserve", "json", "problem", NULL};
    const struct option row = {.name = "errors", .type = OPTION_ENUM, .choices = words};
    int value = 0;
    take(&row, "problem", &value);
    assert_int_equal(value, 2);
    take(&row, "${LS_TEST_NO:-json}", &value);
    assert_int_equal(value, 1);
    refuse(&row, "jsno", "errors: \"jsno\" is not one of the choices; did you mean json?");
    refuse(&row, "12345",
           "errors: 12345 is not one of the choices; write one of: langserve, json, "
           "problem");
}

static void lists_of_strings(void **state)
{
    (void)state;
    const struct option row = {.name = "tags", .type = OPTION_STRING_LIST};
    struct option_strings list = {0};
    take(&row, "[a, \"${LS_TEST_NUMBER}\"]", &list);
    assert_int_equal(list.count, 2);
    assert_string_equal(list.items[0], "a");
    assert_string_equal(list.items[1], "12");
    take(&row, "one", &list);
    assert_int_equal(list.count, 1);
    assert_string_equal(list.items[0], "one");
    take(&row, "[]", &list);
    assert_int_equal(list.count, 0);
    assert_non_null(list.items);
    refuse(&row, "{a: b}", "tags: a mapping is not a list of strings; write it like [a, b]");
    refuse(&row, "[a, 1]", "tags: 1 is not text; put it in quotes");
    problems_fini(&problems);
    read_value(&row, "[1, [2], c]", &list);
    assert_int_equal(problems.count, 2);
}

static void lists_of_choices(void **state)
{
    (void)state;
    static const char *const words[] = {"invoke", "stream", NULL};
    const struct option row = {.name = "on", .type = OPTION_STRING_LIST, .choices = words};
    struct option_strings list = {0};
    take(&row, "[stream, invoke]", &list);
    assert_int_equal(list.count, 2);
    assert_string_equal(list.items[0], "stream");
    take(&row, "${LS_TEST_NO:-invoke}", &list);
    assert_int_equal(list.count, 1);
    refuse(&row, "strea", "on: \"strea\" is not one of the choices; did you mean stream?");
    refuse(&row, "[invoke, \"${LS_TEST_KEY}\"]",
           "on: the value (not shown, it is secret) is not one of the choices; write one of: "
           "invoke, stream");
    assert_int_equal(problems.items[0].place.column, 10);
}

static void mappings_of_strings(void **state)
{
    (void)state;
    const struct option row = {.name = "headers", .type = OPTION_STRING_MAP};
    json_t *object = NULL;
    take(&row, "{X-A: a, X-B: \"${LS_TEST_KEY}\"}", &object);
    assert_string_equal(json_string_value(json_object_get(object, "X-B")), "sk-hush");
    assert_int_equal(json_object_size(object), 2);
    refuse(&row, "[a]", "headers: a list is not a mapping of strings; write it like {name: text}");
    refuse(&row, "{a: 1}", "headers: 1 is not text; put it in quotes");
}

static void json_and_nodes_are_taken_as_they_stand(void **state)
{
    (void)state;
    const struct option json = {.name = "input", .type = OPTION_JSON};
    const struct option node = {.name = "chain", .type = OPTION_NODE};
    json_t *value = NULL;
    take(&json, "{a: [\"${LS_TEST_KEY}\", null]}", &value);
    json_auto_t *expected = json_pack("{s:[s,n]}", "a", "${LS_TEST_KEY}");
    assert_true(json_equal(value, expected));
    take(&json, "null", &value);
    assert_true(json_is_null(value));
    const struct node *taken = NULL;
    take(&node, "[x]", &taken);
    assert_int_equal(taken->kind, NODE_LIST);
}

static void fallbacks_fill_every_type(void **state)
{
    (void)state;
    static const char *const words[] = {"a", "b", NULL};
    struct {
        const char *string;
        bool boolean;
        int64_t number;
        double real;
        int choice;
        struct option_strings strings;
        json_t *json;
    } out = {0};
    const struct option string = {.type = OPTION_STRING, .fallback = "${X}"};
    const struct option boolean = {.type = OPTION_BOOL, .fallback = "true"};
    const struct option number = {.type = OPTION_SIZE, .fallback = "1KB"};
    const struct option real = {.type = OPTION_REAL};
    const struct option choice = {.type = OPTION_ENUM, .fallback = "b", .choices = words};
    const struct option strings = {.type = OPTION_STRING_LIST, .fallback = "one"};
    const struct option json = {.type = OPTION_JSON, .fallback = "3"};
    option_fall_back(&string, &out.string, arena);
    option_fall_back(&boolean, &out.boolean, arena);
    option_fall_back(&number, &out.number, arena);
    option_fall_back(&real, &out.real, arena);
    option_fall_back(&choice, &out.choice, arena);
    option_fall_back(&strings, &out.strings, arena);
    option_fall_back(&json, &out.json, arena);
    assert_string_equal(out.string, "${X}");
    assert_true(out.boolean);
    assert_int_equal(out.number, 1024);
    assert_true(isnan(out.real));
    assert_int_equal(out.choice, 1);
    assert_string_equal(out.strings.items[0], "one");
    assert_int_equal(json_integer_value(out.json), 3);
}

/* Reads text that is wrong for most types, and looks for what must not be told. */
static size_t count_untold(const struct option *row, const char *text)
{
    char field[64];
    problems_fini(&problems);
    read_value(row, text, field);
    for (size_t i = 0; i < problems.count; i++) {
        assert_null(strstr(problems.items[i].text, "hush"));
        assert_null(strstr(problems.items[i].text, "mean"));
        assert_null(strstr(problems.items[i].text, "4711"));
    }
    return problems.count;
}

/* Neither what the environment gave nor the value of a secret option is ever printed. */
static void secrets_are_never_told(void **state)
{
    (void)state;
    static const char *const words[] = {"json", "sk-husk", NULL};
    size_t told = 0;
    for (enum option_type type = OPTION_STRING; type <= OPTION_STRING_MAP; type++) {
        struct option row = {.name = "x", .type = type, .choices = words};
        told += count_untold(&row, "\"${LS_TEST_KEY}\"");
        row.secret = true;
        told += count_untold(&row, "sk-hush");
        told += count_untold(&row, "[\"${sk-hush}\", 4711]");
        told += count_untold(&row, "\"${sk-hush}\"");
        told += count_untold(&row, "4711.5");
        told += count_untold(&row, "{a: 4711}");
    }
    assert_true(told > 40);
    const struct option row = {.name = "timeout", .type = OPTION_DURATION};
    refuse(&row, "${LS_TEST_KEY}",
           "timeout: the value (not shown, it is secret) is not a "
           "duration; write it like 30s, 1m30s or 250ms");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(strings),
        TEST(bools),
        TEST(integers),
        TEST(counts),
        TEST(reals),
        TEST(durations),
        TEST(sizes),
        TEST(choices),
        TEST(lists_of_strings),
        TEST(lists_of_choices),
        TEST(mappings_of_strings),
        TEST(json_and_nodes_are_taken_as_they_stand),
        TEST(fallbacks_fill_every_type),
        TEST(secrets_are_never_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
