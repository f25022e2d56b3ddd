#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/json_pull.h"
#include "base/mem.h"

/* Whether the whole text can be passed over.  It stands in memory of just its length, so that a
 * sanitizer sees a read behind it. */
static bool passes(const char *data, size_t len)
{
    struct json_pull pull;
    char *exact = mem_strndup(data, len);
    char *only = len ? realloc(exact, len) : exact;
    json_pull_init(&pull, only, len);
    bool skipped = json_pull_skip(&pull);
    bool well = json_pull_end(&pull);
    free(only);
    assert_true(skipped || !well);
    return well;
}

static bool is_read(const char *data, size_t len)
{
    json_t *value = NULL;
    bool well = json_read(&value, data, len, NULL) == LS_OK;
    if (well)
        json_decref(value);
    return well;
}

static void check(const char *data, size_t len)
{
    if (passes(data, len) != is_read(data, len))
        fail_msg("read and passed over are not the same: %.*s", (int)len, data);
}

static const char *const texts[] = {
    "{\"a\":[1,-2.5e3,true,false,null,\"x\\n\\u00e9\\ud83d\\ude00\"], \"d\" : [ ]}",
    "{\"b\":{\"c\":{}},\"d\":{}}",
    "[[],[[]],{},{\"\":\"\"},0,-0,1e5,10]",
    "\"a text of more than eight bytes, \xc3\xa9\"",
    "7",
    " null ",
    "[1 ,\t2\r\n]",
    "[1,]",
    "{,}",
    "{\"a\"}",
    "{\"a\":1,}",
    "{\"a\":1}}",
    "[1]]",
    "[",
    "{]",
    "[}",
    "[1 2]",
    "[,1]",
    "[\"a\x01\"]",
    "[\"\xff\"]",
    "[\"\\ud800\"]",
    "[1e999]",
    "[99999999999999999999]",
    "{\"a\\u0000b\":1}",
    "[01]",
    "nul",
    "tru\"",
};

/* Every text, every beginning of it, and it with each byte replaced. */
static void the_same_texts_are_well_that_are_read(void **state)
{
    static const char others[] = "{}[],:\"\\0e-tn x\x01\xc3";
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        size_t len = strlen(texts[i]);
        for (size_t cut = 0; cut <= len; cut++)
            check(texts[i], cut);
        char *changed = mem_strdup(texts[i]);
        for (size_t at = 0; at < len; at++)
            for (const char *other = others; *other; other++) {
                changed[at] = *other;
                check(changed, len);
                changed[at] = texts[i][at];
            }
        free(changed);
    }
}

static void depth_is_limited_as_where_values_are_made(void **state)
{
    char text[2 * JSON_MAX_DEPTH + 2];
    (void)state;
    for (size_t depth = JSON_MAX_DEPTH; depth <= JSON_MAX_DEPTH + 1; depth++) {
        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        assert_int_equal(passes(text, 2 * depth), depth == JSON_MAX_DEPTH);
        assert_int_equal(is_read(text, 2 * depth), depth == JSON_MAX_DEPTH);
    }
}

static void members_and_elements_are_found(void **state)
{
    static const char text[] = " {\"a\\tb\" : [7, \"x\\ny\", {}] , \"c\":null}";
    struct json_pull pull;
    struct json_span span;
    (void)state;
    json_pull_init(&pull, text, sizeof text - 1);
    assert_true(json_pull_is(&pull, '{'));
    assert_true(json_pull_enter(&pull, '{'));
    assert_true(json_pull_key(&pull, &span));
    assert_true(json_span_is(&span, "a\tb"));
    assert_true(json_pull_enter(&pull, '['));
    assert_true(json_pull_element(&pull));
    json_auto_t *seven = json_pull_scalar(&pull);
    assert_int_equal(json_integer_value(seven), 7);
    assert_true(json_pull_element(&pull));
    assert_true(json_pull_string(&pull, &span));
    assert_true(json_span_is(&span, "x\ny"));
    assert_true(json_pull_element(&pull));
    assert_true(json_pull_skip(&pull));
    assert_false(json_pull_element(&pull));
    assert_true(json_pull_key(&pull, &span));
    assert_true(json_span_is(&span, "c"));
    json_t *null = json_pull_scalar(&pull);
    assert_true(json_is_null(null));
    assert_false(json_pull_key(&pull, &span));
    assert_true(json_pull_end(&pull));
}

/* What is asked for and is not there is told at the end, and nothing behind it is found. */
static void what_is_not_there_ends_the_reading(void **state)
{
    struct json_pull pull;
    struct json_span span;
    (void)state;
    json_pull_init(&pull, "[7,8]", 5);
    assert_true(json_pull_enter(&pull, '['));
    assert_true(json_pull_element(&pull));
    assert_false(json_pull_string(&pull, &span));
    assert_false(json_pull_is(&pull, '7'));
    assert_null(json_pull_scalar(&pull));
    assert_false(json_pull_element(&pull));
    assert_false(json_pull_enter(&pull, '['));
    assert_false(json_pull_skip(&pull));
    assert_false(json_pull_end(&pull));
    json_pull_init(&pull, "[7,8]", 5);
    assert_true(json_pull_enter(&pull, '['));
    assert_false(json_pull_end(&pull));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_texts_are_well_that_are_read),
        cmocka_unit_test(depth_is_limited_as_where_values_are_made),
        cmocka_unit_test(members_and_elements_are_found),
        cmocka_unit_test(what_is_not_there_ends_the_reading),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
