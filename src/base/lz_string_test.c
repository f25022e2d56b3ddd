#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/lz_string.h"

static enum ls_err unpack(const char *packed, size_t limit, struct buf *out)
{
    buf_init(out, 1 << 20);
    return lz_string_unpack(out, packed, strlen(packed), limit);
}

static const struct {
    const char *packed, *text;
} known[] = {
    {"Q", ""},
    {"N4XyA", "{}"},
    {"N4Igxg9gdgZglgcwK4CcCGAjANgUxALlABccBbABx3SNT3wAYA6AZmYBoRyUIKiDOIZEAF9hQA",
     "{\"configurable\":{\"temperature\":0.33,\"prompt\":\"poem\"}}"},
    {"N4IgLghg5gziBcBtEAdArgBgwUwJwgF0BfIA", "{\"tags\":[\"\\u00e9\"]}"},
    {"JeIntLwbgAe4ABtA", "\u00e9\u6f22\U0001f600\xed\xa0\x80"}, /* ends in half a pair */
};

static void test_known_texts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        struct buf out;
        assert_int_equal(unpack(known[i].packed, 1000, &out), LS_OK);
        assert_string_equal(buf_str(&out), known[i].text);
        buf_fini(&out);
    }
}

static void test_broken_texts_are_refused(void **state)
{
    (void)state;
    static const char *const broken[] = {"",      "N",       "zzzz",     "N4X",
                                         "N4!yA", "N4\nXyA", "\xc3\xa9", "/"};
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        struct buf out;
        assert_int_equal(unpack(broken[i], 1000, &out), LS_BAD_SYNTAX);
        assert_int_equal(out.len, 0);
        buf_fini(&out);
    }
}

/* 1024 times the same letter: nearly the most that a text of this length can stand for. */
static void test_the_limit_holds(void **state)
{
    (void)state;
    static const char packed[] = "IY18ZXTt-DFOS1b0c17Pd-wYUcSaWeRZVdTbXSUA";
    struct buf out;
    assert_int_equal(unpack(packed, 1024, &out), LS_OK);
    assert_int_equal(out.len, 1024);
    buf_fini(&out);
    assert_int_equal(unpack(packed, 1023, &out), LS_TOO_BIG);
    assert_int_equal(out.len, 0);
    buf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_texts),
        cmocka_unit_test(test_broken_texts_are_refused),
        cmocka_unit_test(test_the_limit_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
