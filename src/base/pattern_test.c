#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "base/pattern.h"

enum { LONG = 100000, HANGS_S = 10 };

static struct pattern *compiled(const char *text, enum pattern_dialect dialect)
{
    struct pattern *pattern = NULL;
    char why[256];
    assert_int_equal(pattern_compile(&pattern, text, strlen(text), dialect, why), LS_OK);
    assert_string_equal(why, "");
    return pattern;
}

static bool is_found(const char *text, enum pattern_dialect dialect, const char *in)
{
    struct pattern *pattern = compiled(text, dialect);
    bool found;
    assert_int_equal(pattern_search(pattern, in, strlen(in), NULL, &found), LS_OK);
    pattern_free(&pattern);
    return found;
}

static void a_search_is_not_anchored(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *in;
        bool ecma, unicode;
    } rows[] = {
        {"b", "abc", true, true},
        {"^b", "abc", false, false},
        {"c$", "abc", true, true},
        {"c$", "abc\n", false, false},
        {"^$", "", true, true},
        {"^.$", "\u00e9", true, true},
        {"^.$", "\U0001F409", true, true},
        {"^\\d$", "\u0663", false, true},
        {"^\\w$", "\u00e9", false, true},
        {"^\\s$", "\u00a0", true, true},
        {"^[\\s]$", "\ufeff", true, false},
        {"^\\S$", "\u3000", false, false},
        {"^\\p{Letter}+$", "a\u03c0", true, false},
        {"^\\p{gc=Lu}\\P{Ll}$", "A1", true, false},
        {"^\\p{Script=Greek}$", "\u03c0", true, false},
        {"^\\p{L}$", "\u03c0", true, true},
        {"^\\u00e9\\x41\\cA$", "\u00e9A\x01", true, true},
        {"^\\u{1f409}$", "\U0001F409", true, true},
        {"^[\\u4e00-\\u9fff]+$", "\u4e2d\u6587", true, true},
        {"^\\w+$", "\u0939\u093f\u0928\u094d\u0926\u0940", false, true},
        {"^[]\\w-]+$", "e\u0301]-", false, true},
        {"^[^]\\w-]+$", ":", false, true},
        {"^[[:digit:]\\w]+$", "1\u0301", false, true},
        {"^\\W$", "\u00b2", true, true},
        {"^[[]$", "[", true, false},
        {"^[^]$", "x", true, false},
        {"(a)\\1", "aa", true, true},
        {"(?=b)b", "ab", true, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(is_found(rows[i].pattern, PATTERN_ECMA, rows[i].in), rows[i].ecma);
        if (rows[i].unicode)
            assert_true(is_found(rows[i].pattern, PATTERN_UNICODE, rows[i].in));
    }
}

static void characters_have_numbers(void **state)
{
    (void)state;
    assert_true(is_found("^\\U0001f409[\\u00e9]\\\\u$", PATTERN_PYTHON, "\U0001F409\u00e9\\u"));
    assert_true(is_found("^\\w\\Z", PATTERN_PYTHON, "\u00b2"));
    assert_false(is_found("\\w", PATTERN_PYTHON, "\u0301"));
    assert_true(is_found("\\U{1f409}", PATTERN_UNICODE, "\U0001F409"));
    struct pattern *pattern = NULL;
    char why[256];
    static const char *const wrong[] = {"\\u00e", "\\u{}", "\\u{e9", "\\u", "[\\u{110000}]"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(pattern_compile(&pattern, wrong[i], strlen(wrong[i]), PATTERN_UNICODE,
                                         why),
                         LS_BAD_CONFIG);
}

static void a_nul_is_a_character(void **state)
{
    (void)state;
    struct pattern *pattern = compiled("^a\\x00b$", PATTERN_ECMA);
    bool found;
    assert_int_equal(pattern_search(pattern, "a\0b", 3, NULL, &found), LS_OK);
    assert_true(found);
    assert_int_equal(pattern_search(pattern, "a", 1, NULL, &found), LS_OK);
    assert_false(found);
    pattern_free(&pattern);
    assert_null(pattern);
    pattern_free(&pattern);
}

static void what_is_no_pattern_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"(",   "[a",   "a**",           "\\",   "\\a",    "x\\Z",
                                        "\\p", "\\pL", "\\p{Nonsense}", "(?<n", "a{2,1}", "[z-a]"};
    struct pattern *pattern = NULL;
    char why[256];
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        assert_int_equal(pattern_compile(&pattern, texts[i], strlen(texts[i]), PATTERN_ECMA, why),
                         LS_BAD_CONFIG);
        assert_true(strlen(why) > 5);
        assert_null(pattern);
    }
    char *text = mem_alloc(LONG);
    memset(text, 'a', LONG);
    assert_int_equal(pattern_compile(&pattern, text, LONG, PATTERN_UNICODE, why), LS_BAD_CONFIG);
    assert_string_equal(why, "the pattern is too long");
    free(text);
}

/* Patterns that a backtracking engine spends minutes, or the age of the universe, on. */
static const struct evil {
    const char *pattern, *unit; /* the text: `unit` again and again, */
    const char *end;            /* and this behind it */
} evils[] = {
    {"(a+)+$", "a", "!"},
    {"^(a+)+$", "a", "!"},
    {"(a|aa)+$", "a", "!"},
    {"(a|a?)+$", "a", "!"},
    {"(a*)*$", "a", "!"},
    {"^(a*)*$", "a", "!"},
    {"(.*a){20}", "a", "!"},
    {"^(.*a){20}$", "a", "!"},
    {"(.+)(.+)(.+)(.+)(.+)=x", "x", "!="},
    {"([a-zA-Z]+)*$", "a", "!"},
    {"^([a-zA-Z0-9])(([\\-.]|[_]+)?([a-zA-Z0-9]+))*(@){1}[a-z0-9]+[.]{1}(([a-z]{2,3})|"
     "([a-z]{2,3}[.]{1}[a-z]{2,3}))$",
     "a", "!"},
    {"^(([a-z])+.)+[A-Z]([a-z])+$", "a", "!"},
    {"(x+x+)+y", "x", "!y"},
    {"^(x+x+)+y$", "x", "!y"},
    {"(\\w+\\s*)+:", "word ", "!:"},
    {"^(\\w+\\s?)*$", "word ", "!"},
    {"^(\\d+)*$", "1", "x"},
    {"(\\d+|\\d+\\.)*$", "1", "x"},
    {"^\\s*|\\s*$", " ", "x"},
    {"\\s+$", " ", "x"},
    {"a*bb", "a", "!b"},
    {"a+b", "a", "!b"},
    {".*.*==.*", "x", "!="},
    {"(?:.*a)+(?:.*b)+(?:.*c)+d", "abc", "!d"},
    {"^(?:(?:a?){50})+b$", "a", "!b"},
    {"((a{0,9}){0,9}){0,9}bb", "a", "!b"},
    {"(a?){100}a{100}b", "a", "!b"},
    {"^(([^,]*,){3}){5,}P", "1,2,3,", "!!P"},
    {"^(.*?,){11}P", "1,2,3,4,5,6,7,8,9,10,11,12,13,", "!"},
    {"(.*?,){29}P", "1,2,3,", "!!P"},
    {"(?:\"(?:[^\"\\\\]|\\\\.)*\"|[^\"]+)*;", "\"a\\\\b", "!"},
    {"(https?://)?([\\da-z.-]+)\\.([a-z.]{2,6})([/\\w .-]*)*/?$", "a.aa/", "!"},
    {"<!--(.|\\s)*?-->", "<!-- ", "!>"},
    {"(?:a|b|ab)*cc", "ab", "!c"},
    {"(ab|a|b)*(ab|a|b)*(ab|a|b)*cc", "ab", "!c"},
    {"(?=(a+))a*b\\1", "a", "!b"},
    {"(a+)\\1+b", "a", "!b"},
    {"(a*)x?\\1bb", "a", "!b"},
    {"(.+)+\\1cc", "ab", "!c"},
    {"^(a|b|c|a)*d", "abc", "!d"},
    {"([^a]|a)+?bb", "a", "!b"},
    {"(a|\\w)+z", "a", "!z"},
    {"(?:[a-z]+[a-z0-9]*)+#", "a1", "!#"},
    {"(\u00e9+)+$", "\u00e9", "!"},
    {"(?<=a.*)b", "a", "!"},
    {"(?:(?:\\w+)+\\W?)+~~", "w ", "!~"},
    {"((.*)*)*xx$", "ab\n", "!x"},
    {"^(?:\\w\\d?)*?!x", "a1", "x!"},
    {"(?:(a)|(?:(?:aa)+))*bb", "a", "!b"},
};

static char *repeated(const struct evil *evil, size_t *len)
{
    size_t unit = strlen(evil->unit), end = strlen(evil->end), count = LONG / unit;
    char *text = mem_alloc(count * unit + end + 1);
    for (size_t i = 0; i < count; i++)
        memcpy(text + i * unit, evil->unit, unit);
    memcpy(text + count * unit, evil->end, end + 1);
    *len = count * unit + end;
    return text;
}

static void evil_patterns_end_soon(void **state)
{
    (void)state;
    size_t tried = 0, stopped = 0;
    for (size_t i = 0; i < sizeof evils / sizeof *evils; i++) {
        struct pattern *pattern = NULL;
        char why[256];
        const char *text = evils[i].pattern;
        if (pattern_compile(&pattern, text, strlen(text), i % 2 ? PATTERN_ECMA : PATTERN_UNICODE,
                            why))
            continue; /* one that PCRE2 itself refuses is no danger */
        size_t len;
        char *in = repeated(&evils[i], &len);
        bool found;
        struct timespec from, to;
        clock_gettime(CLOCK_MONOTONIC, &from);
        enum ls_err err = pattern_search(pattern, in, len, NULL, &found);
        clock_gettime(CLOCK_MONOTONIC, &to);
        assert_true(err == LS_OK || err == LS_TOO_BIG);
        assert_true(err == LS_OK || !found);
        assert_in_range(to.tv_sec - from.tv_sec, 0, HANGS_S);
        tried++;
        stopped += err == LS_TOO_BIG;
        free(in);
        pattern_free(&pattern);
    }
    assert_true(tried >= 40);
    assert_true(stopped >= 35);
}

static void long_texts_are_no_fault(void **state)
{
    (void)state;
    static const struct evil rows[] = {
        {"^[a-z]+$", "a", ""},
        {"^(?:[a-z]+ )*$", "word ", ""},
        {"end$", "a", "end"},
        {"\\S", " ", "x"},
        {"^(?:a|b)*$", "ab", ""},
        {"^[\\s\\S]*$", "a\n", ""},
        {"^(\\w+,?)*;$", "abcdefg,", ";"},
        {"^.*$", "\u00e9", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pattern *pattern = compiled(rows[i].pattern, PATTERN_ECMA);
        size_t len;
        char *in = repeated(&rows[i], &len);
        bool found;
        assert_int_equal(pattern_search(pattern, in, len, NULL, &found), LS_OK);
        assert_true(found);
        free(in);
        pattern_free(&pattern);
    }
}

static void searches_are_bounded_together(void **state)
{
    (void)state;
    struct pattern *pattern = compiled("^(a|aa)+$", PATTERN_ECMA);
    uint64_t spent = 0;
    int searches = 0;
    bool found;
    while (pattern_search(pattern, "aaaaaaaaaaaa!", 13, &spent, &found) == LS_OK)
        assert_in_range(++searches, 1, 10000);
    assert_true(searches > 10);
    pattern_free(&pattern);
}

/* Each looks at all that is left and gets on by one character. */
static void matches_that_follow_each_other_are_bounded_together(void **state)
{
    enum { LEN = 20000 };
    (void)state;
    struct pattern *pattern = compiled("x(?:(?=.*y)|)", PATTERN_PYTHON);
    struct match_span match = {0};
    char *text = malloc(LEN);
    uint64_t spent = 0;
    enum ls_err err = LS_OK;
    bool found = true;
    assert_non_null(text);
    memset(text, 'x', LEN);
    while (!err && found)
        err = pattern_match(pattern, text, LEN, match.end, &spent, &match, 1, &found);
    assert_int_equal(err, LS_TOO_BIG);
    free(text);
    pattern_free(&pattern);
}

static void test_groups_and_places(void **state)
{
    (void)state;
    struct pattern *pattern = NULL;
    char why[256];
    struct match_span groups[3];
    bool found = false;
    assert_int_equal(pattern_compile(&pattern, "(a+)(b)?$", 9, PATTERN_PYTHON, why), LS_OK);
    assert_int_equal(pattern_groups(pattern), 2);
    assert_int_equal(pattern_match(pattern, "aab aa\n", 7, 0, NULL, groups, 3, &found), LS_OK);
    assert_true(found);
    assert_int_equal(groups[0].start, 4);
    assert_int_equal(groups[1].end, 6);
    assert_true(groups[2].start == PATTERN_NO_GROUP);
    assert_int_equal(pattern_match(pattern, "aab", 3, 2, NULL, groups, 3, &found), LS_OK);
    assert_false(found);
    pattern_free(&pattern);
    assert_int_equal(pattern_compile(&pattern, "a\\Z", 3, PATTERN_PYTHON, why), LS_OK);
    assert_int_equal(pattern_match(pattern, "a\n", 2, 0, NULL, groups, 1, &found), LS_OK);
    assert_false(found);
    pattern_free(&pattern);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_search_is_not_anchored),
        cmocka_unit_test(characters_have_numbers),
        cmocka_unit_test(a_nul_is_a_character),
        cmocka_unit_test(what_is_no_pattern_is_refused),
        cmocka_unit_test(evil_patterns_end_soon),
        cmocka_unit_test(long_texts_are_no_fault),
        cmocka_unit_test(searches_are_bounded_together),
        cmocka_unit_test(matches_that_follow_each_other_are_bounded_together),
        cmocka_unit_test(test_groups_and_places),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
