#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/buf.h"
#include "yaml/yaml_read.h"

/* What is told about a text whose grammar is broken. */
static void expect(const char *text, size_t len, const char *expected)
{
    struct arena *arena = arena_new(0);
    struct problems problems;
    problems_init(&problems);
    struct buf printed;
    buf_init(&printed, 1 << 16);
    assert_null(yaml_read(arena, "a.yaml", text, len, &problems));
    problems_print(&problems, &printed);
    assert_int_equal(problems.count, 1);
    assert_memory_equal(buf_str(&printed), expected, strlen(expected));
    buf_fini(&printed);
    problems_fini(&problems);
    arena_free(&arena);
}

#define EXPECT(text, expected) expect(text, sizeof text - 1, expected)

static void a_tab_in_the_indentation_is_named(void **state)
{
    (void)state;
    EXPECT("a:\n\tb: 1\n", "a.yaml:2:1: error: a tab cannot indent in YAML; use spaces\n");
    EXPECT("a:\n  b: 1\n\tc: 2\n", "a.yaml:3:1: error: a tab cannot indent in YAML");
    EXPECT("译: |\n\tb\n", "a.yaml:2:1: error: a tab cannot indent in YAML");
    EXPECT("译:\n  - 文\n  \tb: 1\n", "a.yaml:3:");
}

static void text_that_needs_quotes_is_named(void **state)
{
    (void)state;
    EXPECT("a: b: c", "a.yaml:1:5: error: a ':' cannot stand here; check the indentation, and put "
                      "a text that holds ': ' in quotes\n");
    EXPECT("a: @b", "a.yaml:1:4: error: a value cannot begin with this character; put the value "
                    "in quotes\n");
    EXPECT("a: `b`", "a.yaml:1:4: error: a value cannot begin with this character");
    EXPECT("a: %b", "a.yaml:1:4: error: a value cannot begin with this character");
    EXPECT("a: & b", "a.yaml:1:4: error: an anchor needs a name");
    EXPECT("a: * b", "a.yaml:1:4: error: an alias needs a name");
    EXPECT("a: !u!b c", "a.yaml:1:4: error: tags like !this are not supported");
    EXPECT("a: \"b\" c", "a.yaml:1:8: error: expected a key here");
    EXPECT("- \"b\" c", "a.yaml:1:7: error: expected '- ' here");
}

static void what_is_left_open_is_told_where_it_began(void **state)
{
    (void)state;
    EXPECT("a: \"x\nb: 1\n", "a.yaml:1:4: error: this quote is never closed (noticed on line 3)\n");
    EXPECT("a: 'x", "a.yaml:1:4: error: this quote is never closed\n");
    EXPECT("a: [1, 2\nb: 1\n", "a.yaml:1:4: error: expected ',' or ']' in this list; is the '[' "
                               "closed? (noticed on line 2)\n");
    EXPECT("a: [\n", "a.yaml:2:1: error: expected a value here; is every '[' and '{' closed?\n");
    EXPECT("a: {x: 1\n", "a.yaml:1:4: error: expected ',' or '}' in this mapping");
    EXPECT("a: 'x\n---\n", "a.yaml:1:4: error: this quote is not closed before the document ends");
}

static void wrong_indentation_is_told(void **state)
{
    (void)state;
    EXPECT("a: 1\n b: 2\n", "a.yaml:2:3: error: a ':' cannot stand here; check the indentation");
    EXPECT("a:\n    b: 1\n  c: 2\n", "a.yaml:3:3: error: expected a key here");
    EXPECT("- a\n- b\nc: 1", "a.yaml:3:1: error: expected '- ' here");
    EXPECT("a: - b", "a.yaml:1:4: error: a '- ' item cannot stand here");
    EXPECT("a: 1\nb\nc: 2\n", "a.yaml:2:1: error: expected ':' and a value behind this key "
                              "(noticed on line 3)\n");
    EXPECT("[a]\n[b]", "a.yaml:2:1: error: this does not belong to what stands above it");
}

static void wrong_escapes_are_told(void **state)
{
    (void)state;
    EXPECT("a: \"\\q\"", "a.yaml:1:5: error: this escape is unknown; write \\\\ for a backslash");
    EXPECT("a: \"\\x4\"", "a.yaml:1:7: error: this escape needs hexadecimal digits");
    EXPECT("a: \"\\ud800\"", "a.yaml:1:7: error: this escape is no Unicode character");
}

static void bytes_that_are_no_text_are_told_with_their_place(void **state)
{
    (void)state;
    EXPECT("译: \xff", "a.yaml:1:4: error: the byte 0xff is not UTF-8; save the file as UTF-8\n");
    EXPECT("a: 1\nb: \"\xe8\xaf", "a.yaml:2:5: error: the byte 0xe8 is not UTF-8");
    EXPECT("a: \xed\xa0\x80", "a.yaml:1:4: error: the byte 0xed is not UTF-8");
    EXPECT("\r\n\r译: \x01", "a.yaml:3:4: error: the control character U+0001 cannot stand in "
                             "YAML; in double quotes it is written \\x01\n");
    EXPECT("a: \0", "a.yaml:1:4: error: the control character U+0000 cannot stand");
    EXPECT("\xff\xfe"
           "a\0",
           "a.yaml: error: this is UTF-16 text; save the file as UTF-8\n");
}

static void an_error_without_words_of_its_own_is_told_as_it_is(void **state)
{
    (void)state;
    EXPECT("%YAML x\n---\na", "a.yaml:1:7: error: this is not YAML: ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tab_in_the_indentation_is_named),
        cmocka_unit_test(text_that_needs_quotes_is_named),
        cmocka_unit_test(what_is_left_open_is_told_where_it_began),
        cmocka_unit_test(wrong_indentation_is_told),
        cmocka_unit_test(wrong_escapes_are_told),
        cmocka_unit_test(bytes_that_are_no_text_are_told_with_their_place),
        cmocka_unit_test(an_error_without_words_of_its_own_is_told_as_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
