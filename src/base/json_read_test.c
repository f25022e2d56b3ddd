#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"

/* Bytes and how many: they may hold zeros. */
#define BYTES(text) (text), sizeof(text) - 1

struct sample {
    const char *data;
    size_t len;
    const char *printed;
};

/* The value of a text, printed again; NULL when it is refused.  The text stands in memory of just
 * its length, so that a sanitizer sees a read behind it. */
static const char *reprint(const char *data, size_t len)
{
    static char text[4096];
    json_t *value = NULL;
    const char *why = NULL;
    char *exact = len ? malloc(len) : NULL;
    if (exact)
        memcpy(exact, data, len);
    enum ls_err err = json_read(&value, exact, len, &why);
    free(exact);
    if (err) {
        assert_int_equal(err, LS_BAD_SYNTAX);
        assert_non_null(why);
        assert_true(strlen(why) > 10);
        return NULL;
    }
    struct buf out;
    buf_init(&out, sizeof text - 1);
    assert_int_equal(json_print(&out, value, JSON_WIRE), LS_OK);
    memcpy(text, buf_str(&out), out.len + 1);
    buf_fini(&out);
    json_decref(value);
    return text;
}

static void check(const struct sample *samples, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *printed = reprint(samples[i].data, samples[i].len);
        if (!samples[i].printed != !printed || (printed && strcmp(printed, samples[i].printed)))
            fail_msg("sample %zu (%s): got %s, expected %s", i, samples[i].data,
                     printed ? printed : "a refusal",
                     samples[i].printed ? samples[i].printed : "a refusal");
    }
}

#define CHECK(samples) check((samples), sizeof(samples) / sizeof *(samples))

static void plain_values_are_read(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {BYTES("null"), "null"},
        {BYTES(" \t\r\n[1, true ,false]\n"), "[1,true,false]"},
        {BYTES("{\"b\":1,\"a\":{}}"), "{\"b\":1,\"a\":{}}"},
        {BYTES("\"\""), "\"\""},
        {BYTES("\"\\u00e9\\ud83d\\ude00\\/\\b\""), "\"\xc3\xa9\xf0\x9f\x98\x80/\\b\""},
        {BYTES("-0"), "0"},
        {BYTES("-0.0"), "-0.0"},
        {BYTES("1E2"), "100.0"},
        {BYTES("[]"), "[]"},
        {BYTES("1e-400"), "0.0"},
    };
    CHECK(samples);
}

static void every_encoding_is_told_apart(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {BYTES("\xef\xbb\xbf[1]"), "[1]"},
        {BYTES("\xff\xfe[\0"
               "1\0]\0"),
         "[1]"},
        {BYTES("\xfe\xff\0[\0"
               "1\0]"),
         "[1]"},
        {BYTES("\xff\xfe\0\0[\0\0\0]\0\0\0"), "[]"},
        {BYTES("\0\0\xfe\xff\0\0\0[\0\0\0]"), "[]"},
        {BYTES("[\0"
               "1\0]\0"),
         "[1]"},
        {BYTES("\0[\0"
               "1\0]"),
         "[1]"},
        {BYTES("[\0\0\0]\0\0\0"), "[]"},
        {BYTES("\0\0\0[\0\0\0]"), "[]"},
        {BYTES("7\0"), "7"},
        {BYTES("\0"
               "7"),
         "7"},
        {BYTES("7\0\0\0"), "7"},
        {BYTES("\0\0\0"
               "7"),
         "7"},
        {BYTES("\"\0\xac\x20\"\0"), "\"\xe2\x82\xac\""},
        {BYTES("\"\0\x3d\xd8\x00\xde\"\0"), "\"\xf0\x9f\x98\x80\""},
        {BYTES("\0\"\xd8\x3d\xde\x00\0\""), "\"\xf0\x9f\x98\x80\""},
        {BYTES("\"\0\0\0\x00\xf6\x01\0\"\0\0\0"), "\"\xf0\x9f\x98\x80\""},
        {BYTES("\"\0\xe9\0\"\0"), "\"\xc3\xa9\""},
    };
    CHECK(samples);
}

static void broken_encodings_are_refused(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {BYTES(""), NULL},
        {BYTES("\xef\xbb\xbf"), NULL},
        {BYTES("\xff\xfe"), NULL},
        {BYTES("\xff\xfe\0\0"), NULL},
        {BYTES("\xef\xbb\xbf\xef\xbb\xbf[]"), NULL}, /* one mark is enough */
        {BYTES("[\0"
               "1\0]"),
         NULL},                                            /* half a unit */
        {BYTES("\"\0\x3d\xd8\"\0"), NULL},                 /* a lone high surrogate */
        {BYTES("\"\0\x00\xde\"\0"), NULL},                 /* a lone low one */
        {BYTES("\"\0\x3d\xd8"), NULL},                     /* cut in the pair */
        {BYTES("\"\0\0\0\x3d\xd8\0\0\"\0\0\0"), NULL},     /* a surrogate in UTF-32 */
        {BYTES("\"\0\0\0\0\0\x11\0\"\0\0\0"), NULL},       /* beyond Unicode */
        {BYTES("\"\0\0\0\xff\xff\xff\xff\"\0\0\0"), NULL}, /* far beyond */
        {BYTES("\"\xc3\""), NULL},
        {BYTES("\"\xc0\xaf\""), NULL},
        {BYTES("\"\xed\xa0\x80\""), NULL},
        {BYTES("\"\xf4\x90\x80\x80\""), NULL},
        {BYTES("\"\xff\""), NULL},
        {BYTES("\0"), NULL},
    };
    CHECK(samples);
}

static void what_is_no_json_is_refused(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {BYTES("NaN"), NULL},
        {BYTES("Infinity"), NULL},
        {BYTES("-Infinity"), NULL},
        {BYTES("[NaN]"), NULL},
        {BYTES("nan"), NULL},
        {BYTES("1e400"), NULL},
        {BYTES("\"\\ud800\""), NULL},
        {BYTES("\"\\udc00\""), NULL},
        {BYTES("\"\\ud800\\u0041\""), NULL},
        {BYTES("{\"\\ud800\":1}"), NULL},
        {BYTES("\"\\ud800\\ud800\""), NULL},
        {BYTES("[1,]"), NULL},
        {BYTES("{\"a\":1,}"), NULL},
        {BYTES("[1] x"), NULL},
        {BYTES("[1]\0"), NULL},
        {BYTES("01"), NULL},
        {BYTES("+1"), NULL},
        {BYTES("1."), NULL},
        {BYTES(".5"), NULL},
        {BYTES("'a'"), NULL},
        {BYTES("\"a\nb\""), NULL},
        {BYTES("\"\0\""), NULL},
        {BYTES("tru"), NULL},
        {BYTES("[1\f]"), NULL},
        {BYTES("\"\\x41\""), NULL},
        {BYTES("\"\\u12G4\""), NULL},
        {BYTES("// x\n1"), NULL},
        {BYTES("[1\0]"), NULL},
        {BYTES("123\0"), NULL},
        {BYTES("[true\0]"), NULL},
        {BYTES("{\0}"), NULL},
        {BYTES("[1\0,2]"), NULL},
        {BYTES("\xc2\xa0[]"), NULL},
        {BYTES("[\xef\xbb\xbf]"), NULL},
    };
    CHECK(samples);
}

static void integers_have_64_signed_bits(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {BYTES("9223372036854775807"), "9223372036854775807"},
        {BYTES("-9223372036854775808"), "-9223372036854775808"},
        {BYTES("9223372036854775808"), NULL},
        {BYTES("-9223372036854775809"), NULL},
        {BYTES("123456789012345678901234567890"), NULL},
        {BYTES("9223372036854775808.0"), "9.223372036854776e+18"},
        {BYTES("1e19"), "1e+19"},
    };
    CHECK(samples);
}

static void the_last_of_equal_keys_wins(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {BYTES("{\"a\":1,\"b\":2,\"a\":3}"), "{\"a\":3,\"b\":2}"}, /* in the first one's place */
        {BYTES("{\"a\":{\"x\":1},\"\\u0061\":{}}"), "{\"a\":{}}"},
        {BYTES("{\"\":1,\"\":2}"), "{\"\":2}"},
    };
    CHECK(samples);
}

static void nul_may_stand_in_values_only(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {BYTES("\"a\\u0000b\""), "\"a\\u0000b\""},
        {BYTES("[\"\\u0000\"]"), "[\"\\u0000\"]"},
        {BYTES("{\"a\\u0000b\":1}"), NULL},
        {BYTES("{\"\\u0000\":1}"), NULL},
    };
    CHECK(samples);
}

/* `depth` times the opening, then `middle`, then `depth` times the closing. */
static enum ls_err read_nested(const char *open, const char *middle, const char *close, int depth)
{
    struct buf text;
    json_t *value = NULL;
    buf_init(&text, 1 << 20);
    for (int i = 0; i < depth; i++)
        (void)buf_add_str(&text, open);
    (void)buf_add_str(&text, middle);
    for (int i = 0; i < depth; i++)
        (void)buf_add_str(&text, close);
    enum ls_err err = json_read(&value, text.data, text.len, NULL);
    buf_fini(&text);
    json_decref(value);
    return err;
}

static void values_stand_512_deep_at_most(void **state)
{
    (void)state;
    assert_int_equal(read_nested("[", "", "]", JSON_MAX_DEPTH), LS_OK);
    assert_int_equal(read_nested("[", "", "]", JSON_MAX_DEPTH + 1), LS_BAD_SYNTAX);
    assert_int_equal(read_nested("{\"k\":", "1", "}", JSON_MAX_DEPTH), LS_OK);
    assert_int_equal(read_nested("{\"k\":", "1", "}", JSON_MAX_DEPTH + 1), LS_BAD_SYNTAX);
    assert_int_equal(read_nested("[{\"k\":", "1", "}]", JSON_MAX_DEPTH / 2), LS_OK);
    assert_int_equal(read_nested("[{\"k\":", "[]", "}]", JSON_MAX_DEPTH / 2), LS_BAD_SYNTAX);
    assert_int_equal(read_nested("[", "", "]", 100000), LS_BAD_SYNTAX);
    /* Siblings and brackets in strings are not depth. */
    assert_int_equal(read_nested("[],", "[]", "", 1), LS_BAD_SYNTAX);
    assert_int_equal(read_nested("[[[]],\"[[[[{\\\"[\",", "1", "]", JSON_MAX_DEPTH - 2), LS_OK);
}

static const char *why_of(const char *text)
{
    json_t *value = NULL;
    const char *why = NULL;
    assert_int_equal(json_read(&value, text, strlen(text), &why), LS_BAD_SYNTAX);
    return why;
}

static void the_reason_is_told(void **state)
{
    (void)state;
    assert_non_null(strstr(why_of("\"\xff\""), "UTF-8"));
    assert_non_null(strstr(why_of("[1"), "too early"));
    assert_non_null(strstr(why_of("1 2"), "follows"));
    assert_non_null(strstr(why_of("99999999999999999999"), "too large"));
    assert_non_null(strstr(why_of("{\"\\u0000\":1}"), "U+0000"));
    assert_non_null(strstr(why_of("nul"), "not JSON"));
}

/* ---- beside jansson's own reader ---- */

/* Few enough random numbers that each text is made again from its seed. */
static unsigned next_random(unsigned *state)
{
    *state = *state * 1103515245 + 12345;
    return *state >> 16;
}

/* Some pieces of JSON, one after the other: often a value, and often nearly one. */
static size_t make_text(char text[512], unsigned *seed)
{
    static const char *const pieces[] = {
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"a\"",
        "\"key with blanks\"",
        "1",
        "-0",
        "0.5",
        "1e3",
        "-12",
        "1E-2",
        "true",
        "null",
        " ",
        "\n",
        "\"\\u00e9\"",
        "\"\\n\"",
        "\"\\ud83d\\ude00\"",
        "\"\\ud800\"",
        "{\"a\":",
        "[1,",
        "\"\xc3\xa9\"",
        "\"long enough for words of eight\"",
        "\"",
        "\\",
        "0",
        ".",
        "e",
        "\x01",
    };
    size_t len = 0;
    unsigned count = 1 + next_random(seed) % 10;
    for (unsigned i = 0; i < count; i++) {
        const char *piece = pieces[next_random(seed) % (sizeof pieces / sizeof pieces[0])];
        memcpy(text + len, piece, strlen(piece));
        len += strlen(piece);
    }
    return len;
}

static void jansson_reads_the_same(void **state)
{
    (void)state;
    unsigned seed = 1, well = 0;
    for (int i = 0; i < 300000; i++) {
        char text[512];
        size_t len = make_text(text, &seed);
        json_t *ours = NULL;
        json_t *theirs = json_loadb(text, len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
        enum ls_err err = json_read(&ours, text, len, NULL);
        if (!err != !!theirs || (theirs && !json_equal(ours, theirs)))
            fail_msg("read otherwise: %.*s", (int)len, text);
        well += !err;
        json_decref(ours);
        json_decref(theirs);
    }
    assert_true(well > 3000);
}

/* ---- the corpus JSONTestSuite, where it is at hand ---- */

static char *read_file(const char *folder, const char *name, size_t *len)
{
    char *path = mem_printf("%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    free(path);
    assert_non_null(file);
    char *data = mem_alloc(1 << 20);
    *len = fread(data, 1, 1 << 20, file);
    fclose(file);
    return data;
}

/* i_ files may be read or refused.  json.h names the one y_ file that is refused. */
static void check_file(const char *folder, const char *name)
{
    size_t len;
    char *data = read_file(folder, name, &len);
    json_t *value = NULL;
    const char *why = NULL;
    enum ls_err err = json_read(&value, data, len, &why);
    if (name[0] == 'y' && err && strcmp(name, "y_object_escaped_null_in_key.json") != 0)
        fail_msg("%s was refused: %s", name, why);
    if (name[0] == 'n' && !err)
        fail_msg("%s was accepted", name);
    json_decref(value);
    free(data);
}

static void the_test_suite_is_judged_rightly(void **state)
{
    (void)state;
    const char *shared = getenv("LANGSERVED_SHARED"); /* else as seen from the build's folder */
    char *folder = mem_printf("%s/corpora/json", shared ? shared : "../../shared");
    DIR *files = opendir(folder);
    if (!files) {
        print_message("skipped: %s is not there (set LANGSERVED_SHARED)\n", folder);
        free(folder);
        skip();
    }
    int count = 0;
    for (struct dirent *entry; (entry = readdir(files));)
        if (strchr("yni", entry->d_name[0]) && entry->d_name[1] == '_') {
            check_file(folder, entry->d_name);
            count++;
        }
    closedir(files);
    free(folder);
    assert_true(count > 300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_values_are_read),
        cmocka_unit_test(every_encoding_is_told_apart),
        cmocka_unit_test(broken_encodings_are_refused),
        cmocka_unit_test(what_is_no_json_is_refused),
        cmocka_unit_test(integers_have_64_signed_bits),
        cmocka_unit_test(the_last_of_equal_keys_wins),
        cmocka_unit_test(nul_may_stand_in_values_only),
        cmocka_unit_test(values_stand_512_deep_at_most),
        cmocka_unit_test(the_reason_is_told),
        cmocka_unit_test(jansson_reads_the_same),
        cmocka_unit_test(the_test_suite_is_judged_rightly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
