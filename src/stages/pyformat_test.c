#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/json.h"
#include "base/pyprint.h"
#include "stages/pyformat.h"

static json_t *read_value(const char *text)
{
    json_t *value = NULL;
    assert_int_equal(json_read(&value, text, strlen(text), NULL), LS_OK);
    return value;
}

/* What Python 3.11 prints for a value (written as JSON). */
static const struct {
    const char *json, *str, *repr, *ascii;
} values[] = {
    {"null", "None", "None", "None"},
    {"true", "True", "True", "True"},
    {"false", "False", "False", "False"},
    {"-12", "-12", "-12", "-12"},
    {"1.0", "1.0", "1.0", "1.0"},
    {"1e-7", "1e-07", "1e-07", "1e-07"},
    {"1e16", "1e+16", "1e+16", "1e+16"},
    {"\"\"", "", "''", "''"},
    {"\"it's\"", "it's", "\"it's\"", "\"it's\""},
    {"\"\\\"x\\\"\"", "\"x\"", "'\"x\"'", "'\"x\"'"},
    {"\"it's \\\"x\\\"\"", "it's \"x\"", "'it\\'s \"x\"'", "'it\\'s \"x\"'"},
    {"\"a\\nb\\t\\\\\"", "a\nb\t\\", "'a\\nb\\t\\\\'", "'a\\nb\\t\\\\'"},
    {"\"\\u0000\\u001b\\u007f\"", NULL, "'\\x00\\x1b\\x7f'", "'\\x00\\x1b\\x7f'"},
    {"\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80",
     "'\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80'", "'\\xe9\\u20ac\\U0001f600'"},
    {"\"\\u00a0\\u2028\\u200b\"", "\xc2\xa0\xe2\x80\xa8\xe2\x80\x8b", "'\\xa0\\u2028\\u200b'",
     "'\\xa0\\u2028\\u200b'"},
    {"[]", "[]", "[]", "[]"},
    {"[1,\"b\",null,[2.5]]", "[1, 'b', None, [2.5]]", "[1, 'b', None, [2.5]]",
     "[1, 'b', None, [2.5]]"},
    {"{}", "{}", "{}", "{}"},
    {"{\"a\":1,\"\xc3\xa9\":{\"b\":\"x\"}}", "{'a': 1, '\xc3\xa9': {'b': 'x'}}",
     "{'a': 1, '\xc3\xa9': {'b': 'x'}}", "{'a': 1, '\\xe9': {'b': 'x'}}"},
};

static void check_print(const char *json, enum pyprint_style style, const char *expected)
{
    struct buf out;
    json_t *value = read_value(json);
    buf_init(&out, 1000);
    assert_int_equal(pyprint(&out, value, style), LS_OK);
    if (expected)
        assert_string_equal(buf_str(&out), expected);
    buf_fini(&out);
    json_decref(value);
}

static void values_print_as_python_prints_them(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        check_print(values[i].json, PYPRINT_STR, values[i].str);
        check_print(values[i].json, PYPRINT_REPR, values[i].repr);
        check_print(values[i].json, PYPRINT_ASCII, values[i].ascii);
    }
}

/* format(value, spec) in Python 3.11; NULL: an error. */
static const struct {
    const char *json, *spec, *text;
} formats[] = {
    {"\"ab\"", "", "ab"},
    {"\"ab\"", "5", "ab   "},
    {"\"ab\"", ">5", "   ab"},
    {"\"ab\"", "*^5", "*ab**"},
    {"\"abc\"", ".2", "ab"},
    {"\"abc\"", "s", "abc"},
    {"\"\xc3\xa9\"", "\xe2\x82\xac>3", "\xe2\x82\xac\xe2\x82\xac\xc3\xa9"},
    {"\"ab\"", "05", "ab000"},
    {"\"ab\"", "=5", NULL},
    {"\"ab\"", "d", NULL},
    {"\"ab\"", "+", NULL},
    {"\"ab\"", ",", NULL},
    {"\"\"", ".0", ""},
    {"42", "", "42"},
    {"42", "5", "   42"},
    {"42", "05", "00042"},
    {"42", "<5", "42   "},
    {"42", "+d", "+42"},
    {"42", " d", " 42"},
    {"-42", "=6", "-   42"},
    {"42", "x", "2a"},
    {"42", "#X", "0X2A"},
    {"42", "#b", "0b101010"},
    {"42", "o", "52"},
    {"65", "c", "A"},
    {"1234567", ",", "1,234,567"},
    {"1234567", "_d", "1_234_567"},
    {"65535", "_x", "ffff"},
    {"1048575", "_x", "f_ffff"},
    {"42", "012,", "0,000,000,042"},
    {"42", ".1f", "42.0"},
    {"42", ".2", NULL},
    {"42", "s", NULL},
    {"42", "z", NULL},
    {"-9223372036854775808", "d", "-9223372036854775808"},
    {"-1", "c", NULL},
    {"true", "", "True"},
    {"true", "5", "    1"},
    {"true", "d", "1"},
    {"true", ".1f", "1.0"},
    {"3.14159", ".2f", "3.14"},
    {"3.0", "", "3.0"},
    {"3.0", "g", "3"},
    {"1234.5", ",.2f", "1,234.50"},
    {"0.5", "%", "50.000000%"},
    {"0.125", ".1%", "12.5%"},
    {"1e10", "e", "1.000000e+10"},
    {"1e10", "E", "1.000000E+10"},
    {"3.14159", ".3", "3.14"},
    {"1e16", ".3", "1e+16"},
    {"100.0", ".3", "1e+02"},
    {"3.0", ".0f", "3"},
    {"3.0", "#.0f", "3."},
    {"-0.001", "z.1f", "0.0"},
    {"-0.001", ".1f", "-0.0"},
    {"999999.5", "#g", "1.00000e+06"},
    {"2.5", "d", NULL},
    {"2.5", "s", NULL},
    {"2.5", "08", "000002.5"},
    {"-2.5", "08", "-00002.5"},
    {"2.5", "*^9", "***2.5***"},
    {"1e-7", "", "1e-07"},
    {"null", "", "None"},
    {"null", "5", NULL},
    {"[1]", "", "[1]"},
    {"[1]", ">5", NULL},
    {"{}", "s", NULL},
};

static void check_format(const char *json, const char *spec_text, const char *expected)
{
    struct pyformat_spec spec;
    struct buf out;
    const char *why = NULL;
    json_t *value = read_value(json);
    buf_init(&out, 1000);
    assert_int_equal(pyformat_parse_spec(&spec, spec_text, strlen(spec_text), &why), LS_OK);
    assert_null(why);
    enum ls_err err = pyformat_print_spec(&out, value, &spec, &why);
    if (!expected != (err != LS_OK) || (expected && strcmp(buf_str(&out), expected)))
        fail_msg("format(%s, '%s'): %s", json, spec_text, err ? why : buf_str(&out));
    if (err)
        assert_true(err == LS_BAD_VALUE && strlen(why) > 10);
    buf_fini(&out);
    json_decref(value);
}

static void values_are_formatted_as_by_python(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        check_format(formats[i].json, formats[i].spec, formats[i].text);
}

static void what_is_no_specification_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "q",    "5 ", ">>>5", ",,", ",_",    "_,",       ".",
        ".f",   "5.", "+-",   "d5", "10001", ".10001",   "99999999999999999999",
        ",x",   ",s", "_c",   ",n", "#+",    "\xc3\xa9", "<<<",
        "0=5=", "-5-"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct pyformat_spec spec;
        const char *why = NULL;
        if (pyformat_parse_spec(&spec, wrong[i], strlen(wrong[i]), &why) != LS_BAD_SYNTAX)
            fail_msg("'%s' was taken", wrong[i]);
        assert_true(strlen(why) > 10);
    }
}

static void the_widest_is_10000(void **state)
{
    (void)state;
    static const char *const specs[] = {"10000", "010000,", ".10000f", "*^10000.10000e",
                                        "<10000_b"};
    for (size_t i = 0; i < sizeof specs / sizeof *specs; i++) {
        struct pyformat_spec spec;
        struct buf out;
        const char *why = NULL;
        json_t *value = i == 2 || i == 3 ? json_real(1.7e308) : json_integer(7);
        buf_init(&out, 30000);
        assert_int_equal(pyformat_parse_spec(&spec, specs[i], strlen(specs[i]), &why), LS_OK);
        assert_int_equal(pyformat_print_spec(&out, value, &spec, &why), LS_OK);
        assert_true(out.len >= 10000);
        buf_fini(&out);
        json_decref(value);
    }
}

static void the_limit_is_kept(void **state)
{
    (void)state;
    json_t *value = read_value("{\"a\":[1,2.5,null,\"x\\n\"],\"b\":true}");
    struct pyformat_spec spec;
    const char *why = NULL;
    assert_int_equal(pyformat_parse_spec(&spec, "+012.3f", 7, &why), LS_OK);
    for (size_t limit = 0; limit < 60; limit++) {
        struct buf out;
        buf_init(&out, limit);
        enum ls_err err = pyprint(&out, value, PYPRINT_REPR);
        assert_int_equal(err, limit < strlen("{'a': [1, 2.5, None, 'x\\n'], 'b': True}")
                                  ? LS_TOO_BIG
                                  : LS_OK);
        buf_fini(&out);
        json_t *number = json_real(-1.5);
        err = pyformat_print_spec(&out, number, &spec, &why);
        assert_int_equal(err, limit < 12 ? LS_TOO_BIG : LS_OK);
        buf_fini(&out);
        json_decref(number);
    }
    json_decref(value);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_print_as_python_prints_them),
        cmocka_unit_test(values_are_formatted_as_by_python),
        cmocka_unit_test(what_is_no_specification_is_refused),
        cmocka_unit_test(the_widest_is_10000),
        cmocka_unit_test(the_limit_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
