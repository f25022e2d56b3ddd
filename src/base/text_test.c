#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static const struct {
    const char *text;
    bool is_valid;
} utf8[] = {
    {"", true},
    {"plain", true},
    {"\x7f", true},
    {"\xc2\x80", true},
    {"\xdf\xbf", true},
    {"\xe0\xa0\x80", true},
    {"\xed\x9f\xbf", true},
    {"\xee\x80\x80", true},
    {"\xef\xbf\xbf", true},
    {"\xf0\x90\x80\x80", true},
    {"\xf4\x8f\xbf\xbf", true},
    {"a\xc3\xa9z", true},
    {"\x80", false}, /* a byte that only continues */
    {"\xbf", false},
    {"\xc0\x80", false}, /* overlong */
    {"\xc1\xbf", false},
    {"\xe0\x9f\xbf", false},
    {"\xf0\x8f\xbf\xbf", false},
    {"\xed\xa0\x80", false}, /* surrogates */
    {"\xed\xbf\xbf", false},
    {"\xf4\x90\x80\x80", false}, /* beyond U+10FFFF */
    {"\xf5\x80\x80\x80", false},
    {"\xff", false},
    {"\xfe", false},
    {"\xc3", false}, /* cut */
    {"\xe2\x82", false},
    {"\xf0\x9f\x98", false},
    {"\xe2\x28\xa1", false},
    {"\xf0\x9f\x28\x80", false},
    {"\xc3\xa9\x80", false},
};

static void utf8_is_told_from_other_bytes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof utf8 / sizeof *utf8; i++) {
        size_t len = strlen(utf8[i].text);
        char *exact = malloc(len + 1);
        memcpy(exact, utf8[i].text, len + 1);
        char *tight = realloc(exact, len ? len : 1); /* nothing may be read behind it */
        if (text_is_utf8(tight, len) != utf8[i].is_valid)
            fail_msg("sample %zu", i);
        free(tight);
    }
    assert_true(text_is_utf8("a\0b", 3));
}

/* Puts a code point into bytes, as the standard says, whether allowed or not. */
static size_t encode(char out[4], unsigned c)
{
    size_t len = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const unsigned char first[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = len; i-- > 1; c >>= 6)
        out[i] = (char)(0x80 | (c & 0x3f));
    out[0] = (char)(first[len] | c);
    return len;
}

static void every_code_point_but_surrogates_is_utf8(void **state)
{
    (void)state;
    for (unsigned c = 0; c < 0x120000; c += c < 0x11000 ? 1 : 13) {
        char text[4];
        size_t len = encode(text, c);
        bool is_valid = c < 0x110000 && !(c >= 0xd800 && c < 0xe000);
        assert_int_equal(text_is_utf8(text, len), is_valid);
        if (!is_valid)
            continue;
        assert_int_equal(text_char_len(text, len), len);
        assert_int_equal(text_count(text, len), 1);
        for (size_t cut = 1; cut < len; cut++)
            assert_false(text_is_utf8(text, cut));
    }
}

static void characters_are_counted(void **state)
{
    (void)state;
    assert_int_equal(text_count("", 0), 0);
    assert_int_equal(text_count("h\xc3\xa9llo \xf0\x9f\x98\x80", 11), 7);
    assert_int_equal(text_char_len("\xf0\x9f\x98\x80", 2), 2); /* no more than there is */
}

static void distances_count_slips(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        size_t distance;
    } samples[] = {
        {"", "", 0},
        {"a", "", 1},
        {"abc", "abc", 0},
        {"abc", "abd", 1},
        {"abc", "ab", 1},
        {"abc", "bac", 1},
        {"abc", "cab", 2},
        {"kitten", "sitting", 3},
        {"ca", "abc", 3},
        {"model", "mdoel", 1},
        {"timeout", "tiemouts", 2},
    };
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        assert_int_equal(text_distance(samples[i].a, samples[i].b), samples[i].distance);
        assert_int_equal(text_distance(samples[i].b, samples[i].a), samples[i].distance);
    }
}

static void long_words_are_far_from_each_other(void **state)
{
    (void)state;
    char a[66], b[66];
    memset(a, 'a', sizeof a);
    memset(b, 'a', sizeof b);
    a[64] = b[64] = '\0';
    b[10] = 'b';
    assert_int_equal(text_distance(a, b), 1);
    a[64] = 'a';
    a[65] = '\0';
    assert_int_equal(text_distance(a, b), 65);
    assert_int_equal(text_distance(b, a), 65);
}

static void the_nearest_word_is_suggested(void **state)
{
    (void)state;
    static const char *const words[] = {"temperature", "timeout", "model", "retry", "on", NULL};
    static const struct {
        const char *word, *nearest;
    } samples[] = {
        {"temprature", "temperature"},
        {"tiemout", "timeout"},
        {"model", "model"},
        {"models", "model"},
        {"retyr", "retry"},
        {"xyz", NULL},
        {"completely", NULL},
        {"", NULL},
        {"q", NULL},
    };
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        const char *found = text_nearest(samples[i].word, words);
        assert_int_equal(!found, !samples[i].nearest);
        if (found)
            assert_string_equal(found, samples[i].nearest);
    }
    static const char *const none[] = {NULL};
    assert_null(text_nearest("word", none));
}

static void secrets_are_compared_whole(void **state)
{
    (void)state;
    assert_true(text_equal_secret("abc", "abc", 3));
    assert_true(text_equal_secret("abcX", "abcY", 3));
    assert_true(text_equal_secret("a\0c", "a\0c", 3));
    assert_true(text_equal_secret("", "", 0));
    assert_false(text_equal_secret("abc", "abd", 3));
    assert_false(text_equal_secret("\x80"
                                   "bc",
                                   "\0bc", 3));
    for (size_t i = 0; i < 8; i++) {
        char other[] = "password";
        other[i] ^= 1;
        assert_false(text_equal_secret("password", other, 8));
    }
    static const char long_one[] = "0123456789abcdefghi";
    assert_true(text_equal_secret(long_one, "0123456789abcdefghi", sizeof long_one));
    for (size_t i = 0; i < sizeof long_one; i++) {
        char other[] = "0123456789abcdefghi";
        other[i] ^= 0x40;
        assert_false(text_equal_secret(long_one, other, sizeof long_one));
    }
}

static void secrets_are_hidden(void **state)
{
    (void)state;
    char text[] = "key=abc, key=abcabc; ab";
    text_hide(text, strlen(text), "abc");
    assert_string_equal(text, "key=***, key=******; ab");
    text_hide(text, strlen(text), "");
    text_hide(text, strlen(text), "a text that is longer than the other one");
    assert_string_equal(text, "key=***, key=******; ab");
}

static void texts_are_cut_between_characters(void **state)
{
    (void)state;
    char text[] = "a\xc3\xa4\xe2\x82\xac";
    text_shorten(text, 6);
    assert_string_equal(text, "a\xc3\xa4\xe2\x82\xac");
    text_shorten(text, 5);
    assert_string_equal(text, "a\xc3\xa4");
    text_shorten(text, 2);
    assert_string_equal(text, "a");
    text_shorten(text, 0);
    assert_string_equal(text, "");
}

/* Python 3.11: [c for c in range(0x110000) if chr(c).isspace()] */
static void white_space_is_pythons(void **state)
{
    (void)state;
    static const int32_t spaces[] = {
        0x9,    0xa,    0xb,    0xc,    0xd,    0x1c,   0x1d,   0x1e,   0x1f,   0x20,
        0x85,   0xa0,   0x1680, 0x2000, 0x2001, 0x2002, 0x2003, 0x2004, 0x2005, 0x2006,
        0x2007, 0x2008, 0x2009, 0x200a, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000,
    };
    size_t next = 0, count = sizeof spaces / sizeof *spaces;
    for (int32_t c = -1; c < 0x110000; c++) {
        bool is_listed = next < count && spaces[next] == c;
        next += is_listed;
        if (text_is_space(c) != is_listed)
            fail_msg("U+%04X", (unsigned)c);
    }
    assert_int_equal(next, count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf8_is_told_from_other_bytes),
        cmocka_unit_test(every_code_point_but_surrogates_is_utf8),
        cmocka_unit_test(characters_are_counted),
        cmocka_unit_test(distances_count_slips),
        cmocka_unit_test(long_words_are_far_from_each_other),
        cmocka_unit_test(the_nearest_word_is_suggested),
        cmocka_unit_test(secrets_are_compared_whole),
        cmocka_unit_test(secrets_are_hidden),
        cmocka_unit_test(texts_are_cut_between_characters),
        cmocka_unit_test(white_space_is_pythons),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
