#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/partial_json.h"

static void print(struct buf *out, json_t *value)
{
    buf_init(out, 1 << 20);
    assert_int_equal(json_print(out, value, JSON_WIRE), LS_OK);
    json_decref(value);
}

/* What each text stands for, by langchain-core 1.7.2; NULL: an error. */
static const struct {
    const char *text, *value;
} texts[] = {
    {"{\"a\":1}", "{\"a\":1}"},
    {" \n{\"a\": [1, 2.5, true, false, null]}\n ", "{\"a\":[1,2.5,true,false,null]}"},
    {"```json\n{\"a\":1}\n```", "{\"a\":1}"},
    {"```\n[1]\n```", "[1]"},
    {"Sure:\n```json\n{\"a\":1}\n```\nDone.", "{\"a\":1}"},
    {"Sure: {\"a\":1}", NULL},
    {"{\"a\":1", "{\"a\":1}"},
    {"{\"a\":", "{}"},
    {"{\"a", "{}"},
    {"{", "{}"},
    {"[", "[]"},
    {"[1,", "[1]"},
    {"[1, 2", "[1,2]"},
    {"[1.", "[1]"},
    {"[1e", "[1]"},
    {"[-", "[]"},
    {"[tru", "[]"},
    {"[{\"a\":[{\"b\":\"c", "[{\"a\":[{\"b\":\"c\"}]}]"},
    {"{\"a\":\"x\\", "{\"a\":\"x\"}"},
    {"{\"a\":\"x\\n", "{\"a\":\"x\\n\"}"},
    {"{\"a\":\"x\ny\"}", "{\"a\":\"x\\ny\"}"},
    {"{\"a\":\"\\u00e9\\ud83d\\ude00\"}", "{\"a\":\"\xc3\xa9\xf0\x9f\x98\x80\"}"},
    {"{\"a\":1,\"a\":2}", "{\"a\":2}"},
    {"{\"a\":1} and more", "{\"a\":1}"},
    {"{\"a\":1}}", "null"},
    {"[1}", "null"},
    {"\"text", "\"text\""},
    {"12", "12"},
    {"true", "true"},
    {"null", "null"},
    {"", NULL},
    {"   ", NULL},
    {"no JSON at all", NULL},
    {"{'a': 1}", NULL},
    {"{a: 1}", NULL},
    {"{\"a\": 1, b", "{\"a\":1}"},
    {"[1, 2, x", "[1,2]"},
    {"{\"a\": tru}", NULL},
    {"[\"a\" \"b\"", "[\"a\"]"},
    {"```json\n{\"a\":\"```\"}\n```", "{\"a\":\"```\"}"},
    {"[NaN, Infinity, -Infinity]", "[null,null,null]"},
    {"[9223372036854775808]", "[9.223372036854776e+18]"},
    {"[\"\\ud800\"]", "[\"\xef\xbf\xbd\"]"},
};

/* The text's value when it comes in pieces of `step` bytes. */
static enum ls_err read_in_steps(const char *text, size_t step, json_t **value)
{
    struct partial_json *partial = partial_json_new(1 << 20);
    char why[PARTIAL_JSON_WHY_SIZE];
    size_t len = strlen(text);
    for (size_t at = 0; at < len; at += step) {
        assert_int_equal(partial_json_feed(partial, text + at, len - at < step ? len - at : step),
                         LS_OK);
        json_decref(partial_json_snapshot(partial));
    }
    enum ls_err err = partial_json_finish(partial, value, why);
    assert_int_equal(err == LS_OK, why[0] == '\0');
    assert_int_equal(err == LS_OK, *value != NULL);
    partial_json_free(&partial);
    assert_null(partial);
    return err;
}

static void texts_read_as_langchain_reads_them(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        for (size_t step = 1; step < 40; step++) {
            json_t *value;
            struct buf printed;
            enum ls_err err = read_in_steps(texts[i].text, step, &value);
            if (err) {
                assert_int_equal(err, LS_PARSE_FAILED);
                if (texts[i].value)
                    fail_msg("%s was refused", texts[i].text);
                continue;
            }
            print(&printed, value);
            if (!texts[i].value || strcmp(buf_str(&printed), texts[i].value) != 0)
                fail_msg("%s in steps of %zu: %s", texts[i].text, step, buf_str(&printed));
            buf_fini(&printed);
        }
}

/* All snapshots of a text that comes byte by byte, with blanks between. */
static const char *snapshots_of(const char *text)
{
    static char all[4096];
    struct partial_json *partial = partial_json_new(1 << 20);
    all[0] = '\0';
    for (; *text; text++) {
        assert_int_equal(partial_json_feed(partial, text, 1), LS_OK);
        json_t *value = partial_json_snapshot(partial);
        if (!value)
            continue;
        struct buf printed;
        print(&printed, value);
        strncat(all, buf_str(&printed), sizeof all - strlen(all) - 2);
        strncat(all, " ", 2);
        buf_fini(&printed);
        assert_null(partial_json_snapshot(partial)); /* nothing is told twice */
    }
    partial_json_free(&partial);
    return all;
}

static void snapshots_show_what_is_certain(void **state)
{
    (void)state;
    static const struct {
        const char *text, *snapshots;
    } samples[] = {
        {"{\"a\":1}", "{} {\"a\":1} "},
        {"[12,3]", "[] [1] [12] [12,3] "},
        {"{\"a\":\"xy\"}", "{} {\"a\":\"\"} {\"a\":\"x\"} {\"a\":\"xy\"} "},
        {"[true,null]", "[] [true] [true,null] "},
        {"[\"a\\nb\"]", "[] [\"\"] [\"a\"] [\"a\\n\"] [\"a\\nb\"] "},
        {"[\"\xc3\xa9\"]", "[] [\"\"] [\"\xc3\xa9\"] "},
        {"null", ""},
        {"nothing", ""},
        {"1.50", "1 1.5 "},
        {"Here:\n```json\n[1]\n```", "[] [1] "},
        {"[{\"a\":[]},{}]", "[] [{}] [{\"a\":[]}] [{\"a\":[]},{}] "},
    };
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++)
        assert_string_equal(snapshots_of(samples[i].text), samples[i].snapshots);
}

/* An empty container says nothing: a fence may still bring another value. */
static bool says_nothing(const json_t *value)
{
    return !value || (json_is_object(value) && json_object_size(value) == 0) ||
           (json_is_array(value) && json_array_size(value) == 0);
}

/* Whether `now` holds all that `before` did: longer text, more items, more members. */
static bool has_grown(const json_t *before, const json_t *now)
{
    const char *key;
    json_t *value;
    if (json_is_number(before) && json_is_number(now))
        return true;
    if (json_typeof(before) != json_typeof(now))
        return false;
    if (json_is_string(before))
        return json_string_length(before) <= json_string_length(now) &&
               memcmp(json_string_value(before), json_string_value(now),
                      json_string_length(before)) == 0;
    for (size_t i = 0; i < json_array_size(before); i++)
        if (i >= json_array_size(now) ||
            !has_grown(json_array_get(before, i), json_array_get(now, i)))
            return false;
    json_object_foreach((json_t *)before, key, value)
        if (!json_object_get(now, key) || !has_grown(value, json_object_get(now, key)))
            return false;
    return true;
}

/* Texts of JSON's own signs, in any order. */
static void snapshots_never_shrink(void **state)
{
    (void)state;
    static const char *const signs[] = {"{",    "}",    "[",    "]",        "\"",    ",",  ":",
                                        "1",    "-",    ".",    "e",        "\\",    "u",  "0041",
                                        "d800", "true", "null", "\"a\":",   " ",     "`",  "```",
                                        "json", "x",    "\n",   "\xc3\xa9", "\"b\"", "NaN"};
    unsigned seed = 1;
    for (int round = 0; round < 20000; round++) {
        struct partial_json *partial = partial_json_new(1 << 16);
        json_t *last = NULL;
        char text[200] = "";
        for (int i = 0; i < 24; i++) {
            seed = seed * 1103515245u + 12345u;
            const char *sign = signs[(seed >> 16) % (sizeof signs / sizeof *signs)];
            strncat(text, sign, 8);
            assert_int_equal(partial_json_feed(partial, sign, strlen(sign)), LS_OK);
            json_t *value = partial_json_snapshot(partial);
            if (!value)
                continue;
            if (!says_nothing(last) && !has_grown(last, value))
                fail_msg("it shrank behind '%s'", text);
            json_decref(last);
            last = value;
        }
        json_decref(last);
        partial_json_free(&partial);
    }
}

static void the_limit_is_kept(void **state)
{
    (void)state;
    char why[PARTIAL_JSON_WHY_SIZE];
    json_t *value;
    struct partial_json *partial = partial_json_new(5);
    assert_int_equal(partial_json_feed(partial, "[1,2,3]", 7), LS_TOO_BIG);
    assert_int_equal(partial_json_feed(partial, "", 0), LS_TOO_BIG); /* it stays */
    assert_null(partial_json_snapshot(partial));
    assert_int_equal(partial_json_finish(partial, &value, why), LS_TOO_BIG);
    assert_null(value);
    partial_json_free(&partial);
    partial_json_free(&partial); /* of nothing */
}

static void values_stand_512_deep_at_most(void **state)
{
    (void)state;
    char why[PARTIAL_JSON_WHY_SIZE];
    json_t *value;
    struct partial_json *partial = partial_json_new(1 << 16);
    for (int i = 0; i < JSON_MAX_DEPTH; i++)
        assert_int_equal(partial_json_feed(partial, "[", 1), LS_OK);
    json_decref(partial_json_snapshot(partial));
    assert_int_equal(partial_json_finish(partial, &value, why), LS_OK);
    json_decref(value);
    assert_int_equal(partial_json_feed(partial, "[", 1), LS_TOO_BIG);
    partial_json_free(&partial);
}

static void invalid_utf8_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"\"\xff\"",     "\"\xc0\xaf\"", "\"\xed\xa0\x80\"",
                                        "\"\xc3(\"",    "\x80",         "\"\xf5\x80\x80\x80\"",
                                        "\"\xe2\x82\"", "\"\xc3"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        for (size_t step = 1; step < 5; step++) {
            struct partial_json *partial = partial_json_new(100);
            char why[PARTIAL_JSON_WHY_SIZE];
            json_t *value;
            size_t len = strlen(wrong[i]);
            for (size_t at = 0; at < len; at += step)
                (void)!partial_json_feed(partial, wrong[i] + at, len - at < step ? len - at : step);
            assert_int_equal(partial_json_finish(partial, &value, why), LS_BAD_SYNTAX);
            partial_json_free(&partial);
        }
}

static void the_error_quotes_the_text(void **state)
{
    (void)state;
    char why[PARTIAL_JSON_WHY_SIZE], text[600] = "";
    json_t *value;
    for (int i = 0; i < 140; i++)
        strncat(text, "\xe2\x82\xac", 4);
    struct partial_json *partial = partial_json_new(1000);
    assert_int_equal(partial_json_feed(partial, "Sorry", 5), LS_OK);
    assert_int_equal(partial_json_finish(partial, &value, why), LS_PARSE_FAILED);
    assert_string_equal(why, "Invalid json output: Sorry");
    assert_int_equal(partial_json_feed(partial, text, strlen(text)), LS_OK);
    assert_int_equal(partial_json_finish(partial, &value, why), LS_PARSE_FAILED);
    assert_non_null(strstr(why, "\xe2\x82\xac\xe2\x80\xa6"));
    partial_json_free(&partial);
}

/* A snapshot per byte of a long answer must not cost time in its square. */
static void many_finished_values_are_shared(void **state)
{
    (void)state;
    struct partial_json *partial = partial_json_new(8 << 20);
    assert_int_equal(partial_json_feed(partial, "{\"list\":[", 9), LS_OK);
    for (int i = 0; i < 2000; i++) {
        assert_int_equal(partial_json_feed(partial, "{\"k\":\"some text\"},", 18), LS_OK);
        json_t *value = partial_json_snapshot(partial);
        assert_int_equal(json_array_size(json_object_get(value, "list")), i + 1);
        json_decref(value);
    }
    partial_json_free(&partial);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_read_as_langchain_reads_them),
        cmocka_unit_test(snapshots_show_what_is_certain),
        cmocka_unit_test(snapshots_never_shrink),
        cmocka_unit_test(the_limit_is_kept),
        cmocka_unit_test(values_stand_512_deep_at_most),
        cmocka_unit_test(invalid_utf8_is_refused),
        cmocka_unit_test(the_error_quotes_the_text),
        cmocka_unit_test(many_finished_values_are_shared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
