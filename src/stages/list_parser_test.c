#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "stages/list_parser.h"

/* Items by langchain-core 1.7.2, as JSON; `streamed` where a stream gives others. */
static const struct {
    const char *text, *items, *streamed;
} lists[] = {
    {"", "[]", NULL},
    {"a", "[\"a\"]", NULL},
    {"a,b", "[\"a\", \"b\"]", NULL},
    {"a, b,  c", "[\"a\", \"b\", \"c\"]", NULL},
    {" a , b ", "[\"a \", \"b \"]", NULL},
    {",", "[\"\", \"\"]", "[\"\"]"},
    {",,", "[\"\", \"\", \"\"]", "[\"\", \"\"]"},
    {"a,", "[\"a\", \"\"]", "[\"a\"]"},
    {" ", "[\"\"]", NULL},
    {"a, \"b, c\", d", "[\"a\", \"b, c\", \"d\"]", NULL},
    {"\"say \"\"hi\"\"\", x", "[\"say \\\"hi\\\"\", \"x\"]", NULL},
    {"\"open, and\nmore", "[\"open, and\\nmore\"]", NULL},
    {"a\"b\"", "[\"a\\\"b\\\"\"]", NULL},
    {"\"a\"b", "[\"ab\"]", NULL},
    {"\"\"", "[\"\"]", NULL},
    {"a\nb", "[\"a\", \"b\"]", NULL},
    {"a\n\n\nb\n", "[\"a\", \"b\"]", NULL},
    {"a\r\nb", "[\"a\", \"b\"]", NULL},
    {"a,\nb", "[\"a\", \"\", \"b\"]", NULL},
    {"\n", "[]", NULL},
    {"\xc3\xa9, \xf0\x9f\x98\x80", "[\"\xc3\xa9\", \"\xf0\x9f\x98\x80\"]", NULL},
    {"a\rb , c", "[\"a\\rb\", \"c\"]", "[\"a\", \"b \", \"c\"]"},
};

static void check_items(const json_t *items, const char *expected, const char *text)
{
    char *got = json_dumps(items, 0);
    if (strcmp(got, expected) != 0)
        fail_msg("'%s': got %s, expected %s", text, got, expected);
    free(got);
}

static void texts_read_as_by_langchain(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        json_t *items = NULL;
        assert_int_equal(list_parser_parse(&items, lists[i].text, strlen(lists[i].text)), LS_OK);
        check_items(items, lists[i].items, lists[i].text);
        json_decref(items);
    }
}

static void check_stream(const char *text, size_t step, const char *expected)
{
    struct list_parser *parser = list_parser_new(100);
    json_t *items = json_array();
    size_t len = strlen(text);
    for (size_t at = 0; at < len; at += step)
        assert_int_equal(
            list_parser_feed(parser, text + at, len - at < step ? len - at : step, items), LS_OK);
    assert_int_equal(list_parser_finish(parser, items), LS_OK);
    check_items(items, expected, text);
    json_decref(items);
    list_parser_free(&parser);
    assert_null(parser);
}

static void a_stream_gives_the_same_however_it_is_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        for (size_t step = 1; step <= strlen(lists[i].text) + 1; step++)
            check_stream(lists[i].text, step,
                         lists[i].streamed ? lists[i].streamed : lists[i].items);
}

static void an_item_is_given_once_the_next_has_begun(void **state)
{
    (void)state;
    static const struct {
        const char *piece;
        size_t count;
    } steps[] = {{"re", 0},    {"d", 0},  {",", 1}, {" ", 1},    {"\"gr", 1},
                 {"een, ", 1}, {"\"", 1}, {",", 2}, {"blue", 2}, {"\n", 2},
                 {"\n", 2},    {"x", 3},  {",", 4}, {"", 4},     {",", 5}};
    struct list_parser *parser = list_parser_new(100);
    json_t *items = json_array();
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        assert_int_equal(list_parser_feed(parser, steps[i].piece, strlen(steps[i].piece), items),
                         LS_OK);
        assert_int_equal(json_array_size(items), steps[i].count);
    }
    assert_int_equal(list_parser_finish(parser, items), LS_OK);
    check_items(items, "[\"red\", \"green, \", \"blue\", \"x\", \"\"]", "red, …");
    json_decref(items);
    list_parser_free(&parser);
}

static void an_item_keeps_the_limit(void **state)
{
    (void)state;
    struct list_parser *parser = list_parser_new(4);
    json_t *items = json_array();
    assert_int_equal(list_parser_feed(parser, "abcd,efgh,\"ijkl\"", 16, items), LS_OK);
    assert_int_equal(list_parser_feed(parser, "m", 1, items), LS_TOO_BIG);
    list_parser_free(&parser);
    list_parser_free(&parser); /* of nothing */
    json_decref(items);
}

static void an_item_too_long_for_csv_is_split_at_commas(void **state)
{
    (void)state;
    static const size_t lens[] = {131072, 131073};
    for (int i = 0; i < 2; i++) {
        char *text = malloc(lens[i] + 8);
        memset(text, 'x', lens[i]);
        memcpy(text + lens[i], ",\"a\" ", 6);
        json_t *items = NULL;
        assert_int_equal(list_parser_parse(&items, text, lens[i] + 5), LS_OK);
        assert_int_equal(json_array_size(items), 2);
        assert_int_equal(json_string_length(json_array_get(items, 0)), lens[i]);
        assert_string_equal(json_string_value(json_array_get(items, 1)), i == 0 ? "a " : "\"a\"");
        json_decref(items);
        free(text);
    }
}

static void nul_is_kept(void **state)
{
    (void)state;
    json_t *items = NULL;
    assert_int_equal(list_parser_parse(&items, "a\0b, c", 6), LS_OK);
    assert_int_equal(json_array_size(items), 2);
    assert_int_equal(json_string_length(json_array_get(items, 0)), 3);
    json_decref(items);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_read_as_by_langchain),
        cmocka_unit_test(a_stream_gives_the_same_however_it_is_cut),
        cmocka_unit_test(an_item_is_given_once_the_next_has_begun),
        cmocka_unit_test(an_item_keeps_the_limit),
        cmocka_unit_test(an_item_too_long_for_csv_is_split_at_commas),
        cmocka_unit_test(nul_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
