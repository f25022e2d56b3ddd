#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

/* The value printed; a static string. */
static const char *print(json_t *value, enum json_style style)
{
    static char text[4096];
    struct buf out;
    buf_init(&out, sizeof text - 1);
    assert_int_equal(json_print(&out, value, style), LS_OK);
    memcpy(text, buf_str(&out), out.len + 1);
    buf_fini(&out);
    json_decref(value);
    return text;
}

/* Expected texts are what Python 3.11 and orjson 3.13 print. */
static const struct {
    double value;
    const char *wire, *sse;
} reals[] = {
    {0.0, "0.0", "0.0"},
    {-0.0, "-0.0", "-0.0"},
    {1.0, "1.0", "1.0"},
    {-1.5, "-1.5", "-1.5"},
    {0.1, "0.1", "0.1"},
    {0.1 + 0.2, "0.30000000000000004", "0.30000000000000004"},
    {1.0 / 3, "0.3333333333333333", "0.3333333333333333"},
    {100.0, "100.0", "100.0"},
    {123456789.125, "123456789.125", "123456789.125"},
    {1e15, "1000000000000000.0", "1000000000000000.0"},
    {9007199254740993.0, "9007199254740992.0", "9007199254740992.0"},
    {9999999999999998.0, "9999999999999998.0", "9999999999999998.0"},
    {0.001, "0.001", "0.001"},
    {0.0001, "0.0001", "0.0001"},
    {0.00012345, "0.00012345", "0.00012345"},
    {0.0001234567890123456, "0.0001234567890123456", "0.0001234567890123456"},
    {0.00001, "1e-05", "0.00001"},
    {0.000012345, "1.2345e-05", "0.000012345"},
    {1e-6, "1e-06", "1e-6"},
    {1e-7, "1e-07", "1e-7"},
    {1.5e-10, "1.5e-10", "1.5e-10"},
    {1e-100, "1e-100", "1e-100"},
    {2.2250738585072014e-308, "2.2250738585072014e-308", "2.2250738585072014e-308"},
    {5e-324, "5e-324", "5e-324"},
    {1.5e-323, "1.5e-323", "1.5e-323"},
    {-1e-310, "-1e-310", "-1e-310"},
    {1.234e-320, "1.234e-320", "1.234e-320"},
};

/* In both styles. */
static const struct {
    double value;
    const char *text;
} large[] = {
    {1e16, "1e+16"},
    {1.2345678901234568e16, "1.2345678901234568e+16"},
    {1e22, "1e+22"},
    {1e23, "1e+23"},
    {-1.7976931348623157e308, "-1.7976931348623157e+308"},
    {8.98846567431158e307, "8.98846567431158e+307"},
    {9.5367431640625e20, "9.5367431640625e+20"},
    {0x1p-1017, "7.120236347223045e-307"}, /* below powers of two the nearest 16 digits miss */
    {0x1p-140, "7.174648137343064e-43"},
    {0x1p1023, "8.98846567431158e+307"},
};

static void reals_print_as_python_prints_them(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof reals / sizeof *reals; i++) {
        assert_string_equal(print(json_real(reals[i].value), JSON_WIRE), reals[i].wire);
        assert_string_equal(print(json_real(reals[i].value), JSON_SSE), reals[i].sse);
    }
    for (size_t i = 0; i < sizeof large / sizeof *large; i++)
        for (int style = JSON_WIRE; style <= JSON_SSE; style++)
            assert_string_equal(print(json_real(large[i].value), (enum json_style)style),
                                large[i].text);
}

static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

/* Any bits that are a number read back the same, in both styles, and stay a real number. */
static void reals_read_back_the_same(void **state)
{
    (void)state;
    uint64_t seed = 0x9e3779b97f4a7c15;
    for (int i = 0; i < 20000; i++) {
        uint64_t bits = next_random(&seed);
        double value;
        memcpy(&value, &bits, sizeof value);
        if (!isfinite(value))
            continue;
        for (int style = JSON_WIRE; style <= JSON_SSE; style++) {
            const char *text = print(json_real(value), (enum json_style)style);
            assert_true(strtod(text, NULL) == value);
            assert_non_null(strpbrk(text, ".e"));
        }
    }
}

static void what_is_no_number_prints_null(void **state)
{
    (void)state;
    static const double none[] = {(double)NAN, (double)INFINITY, -(double)INFINITY};
    for (size_t i = 0; i < 3; i++) {
        json_t *one = json_real(1.0); /* jansson makes none of these, but may be set to them */
        if (json_real_set(one, none[i]) == 0)
            assert_string_equal(print(json_incref(one), JSON_WIRE), "null");
        json_decref(one);
    }
}

static void integers_print_whole(void **state)
{
    (void)state;
    static const struct {
        json_int_t value;
        const char *text;
    } samples[] = {{0, "0"},
                   {-1, "-1"},
                   {10, "10"},
                   {INT64_MAX, "9223372036854775807"},
                   {INT64_MIN, "-9223372036854775808"}};
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++)
        assert_string_equal(print(json_integer(samples[i].value), JSON_WIRE), samples[i].text);
}

static const char *print_text(const char *text, size_t len, enum json_style style)
{
    return print(json_stringn_nocheck(text, len), style);
}

static void controls_quotes_and_backslashes_are_escaped(void **state)
{
    (void)state;
    static const char short_escapes[] = "\b\t\n\f\r\"\\/";
    assert_string_equal(print_text(short_escapes, 8, JSON_WIRE), "\"\\b\\t\\n\\f\\r\\\"\\\\/\"");
    for (unsigned char c = 0; c < 0x80; c++) {
        const char text[] = {'<', (char)c, '>'};
        char long_escape[16];
        snprintf(long_escape, sizeof long_escape, "\"<\\u%04x>\"", c);
        const char *printed = print_text(text, 3, JSON_SSE);
        bool is_long = c < 0x20 && !strchr("\b\t\n\f\r", c ? c : 'x');
        assert_int_equal(strcmp(printed, long_escape) == 0, is_long);
        assert_string_equal(printed, print_text(text, 3, JSON_WIRE));
    }
    assert_string_equal(print_text("a\0b", 3, JSON_WIRE), "\"a\\u0000b\"");
    assert_string_equal(print_text("\x7f", 1, JSON_WIRE), "\"\x7f\"");
}

static void events_escape_what_splits_lines(void **state)
{
    (void)state;
    static const char text[] = "a\xc2\x85"
                               "b\xe2\x80\xa8"
                               "c\xe2\x80\xa9"
                               "d\xe2\x80\xa7\xc2\xa9";
    assert_string_equal(print_text(text, strlen(text), JSON_WIRE), "\"a\xc2\x85"
                                                                   "b\xe2\x80\xa8"
                                                                   "c\xe2\x80\xa9"
                                                                   "d\xe2\x80\xa7\xc2\xa9\"");
    assert_string_equal(print_text(text, strlen(text), JSON_SSE),
                        "\"a\\u0085b\\u2028c\\u2029d\xe2\x80\xa7\xc2\xa9\"");
    /* A text that is cut within such a sign, and signs on end. */
    assert_string_equal(print_text("\xc2\x85\xc2\x85", 4, JSON_SSE), "\"\\u0085\\u0085\"");
    assert_string_equal(print_text("\xe2\x80", 2, JSON_SSE), "\"\xe2\x80\"");
    assert_string_equal(print_text("\xc2", 1, JSON_SSE), "\"\xc2\"");
}

/* What is plain is passed over several bytes at a time. */
static void a_special_character_is_seen_at_any_place(void **state)
{
    (void)state;
    static const struct {
        const char *text, *wire, *sse;
    } signs[] = {
        {"\"", "\\\"", "\\\""},
        {"\n", "\\n", "\\n"},
        {"\x1f\\", "\\u001f\\\\", "\\u001f\\\\"},
        {"\x7f~ ", "\x7f~ ", "\x7f~ "},
        {"\xc2\x85", "\xc2\x85", "\\u0085"},
        {"\xe2\x80\xa9", "\xe2\x80\xa9", "\\u2029"},
        {"\xe4\xbd\xa0", "\xe4\xbd\xa0", "\xe4\xbd\xa0"},
    };
    enum { PLACES = 20 };
    char text[64], right[80];
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        for (int before = 0; before < PLACES; before++)
            for (int after = 0; after < PLACES; after++) {
                int len = snprintf(text, sizeof text, "%.*s%s%.*s", before, "aaaaaaaaaaaaaaaaaaaa",
                                   signs[i].text, after, "bbbbbbbbbbbbbbbbbbbb");
                for (int sse = 0; sse < 2; sse++) {
                    (void)snprintf(right, sizeof right, "\"%.*s%s%.*s\"", before,
                                   "aaaaaaaaaaaaaaaaaaaa", sse ? signs[i].sse : signs[i].wire,
                                   after, "bbbbbbbbbbbbbbbbbbbb");
                    assert_string_equal(print_text(text, (size_t)len, sse ? JSON_SSE : JSON_WIRE),
                                        right);
                }
            }
}

static void text_is_raw_utf8(void **state)
{
    (void)state;
    static const char text[] = "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80</script>";
    assert_string_equal(print_text(text, strlen(text), JSON_WIRE),
                        "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80</script>\"");
}

static void containers_are_compact_and_keep_their_order(void **state)
{
    (void)state;
    json_t *value = json_pack("{s:i,s:[i,b,n],s:{},s:[]}", "z", 1, "a", 2, 1, "\n\"", "");
    assert_string_equal(print(value, JSON_WIRE),
                        "{\"z\":1,\"a\":[2,true,null],\"\\n\\\"\":{},\"\":[]}");
}

static void a_spaced_text_is_python_s_own(void **state)
{
    (void)state;
    json_t *value = json_pack("{s:[i,f,s],s:{}}", "a", 1, 1e-7, "\xc3\xa9\xc2\x85", "b");
    assert_string_equal(print(value, JSON_SPACED),
                        "{\"a\": [1, 1e-07, \"\xc3\xa9\xc2\x85\"], \"b\": {}}");
}

/* Whatever the limit: it holds, the answer says so, and nothing crashes. */
static void the_limit_is_kept(void **state)
{
    (void)state;
    json_t *value = json_pack("{s:[i,f,s],s:{s:b}}", "list", 1, 2.5, "te\nxt", "more", "k", 0);
    size_t whole = strlen(print(json_incref(value), JSON_WIRE));
    for (size_t limit = 0; limit <= whole; limit++) {
        struct buf out;
        buf_init(&out, limit);
        enum ls_err err = json_print(&out, value, JSON_WIRE);
        assert_int_equal(err, limit < whole ? LS_TOO_BIG : LS_OK);
        assert_true(out.len <= limit);
        buf_fini(&out);
    }
    json_decref(value);
}

static void a_member_is_found_if_it_is_text(void **state)
{
    (void)state;
    json_auto_t *object = json_pack("{s:s,s:i}", "a", "x", "b", 1);
    assert_string_equal(json_get_string(object, "a"), "x");
    assert_null(json_get_string(object, "b"));
    assert_null(json_get_string(object, "c"));
    assert_null(json_get_string(NULL, "c"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reals_print_as_python_prints_them),
        cmocka_unit_test(reals_read_back_the_same),
        cmocka_unit_test(what_is_no_number_prints_null),
        cmocka_unit_test(integers_print_whole),
        cmocka_unit_test(controls_quotes_and_backslashes_are_escaped),
        cmocka_unit_test(events_escape_what_splits_lines),
        cmocka_unit_test(a_special_character_is_seen_at_any_place),
        cmocka_unit_test(text_is_raw_utf8),
        cmocka_unit_test(containers_are_compact_and_keep_their_order),
        cmocka_unit_test(a_spaced_text_is_python_s_own),
        cmocka_unit_test(the_limit_is_kept),
        cmocka_unit_test(a_member_is_found_if_it_is_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
