#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "stages/fstring.h"

static struct fstring *compile(const char *text)
{
    struct fstring *template = NULL;
    char why[TEMPLATE_WHY_SIZE];
    if (fstring_compile(&template, text, strlen(text), why))
        fail_msg("'%s' was refused: %s", text, why);
    assert_string_equal(why, "");
    return template;
}

static json_t *some_variables(void)
{
    return json_pack("{s:s,s:f,s:i,s:s,s:[i,s],s:n,s:s}", "name", "Ada", "price", 2.5, "n", 1234567,
                     "quote", "it's", "list", 1, "x", "none", "\xc3\xa9", "accent");
}

/* The text with some_variables(), by Python. */
static const struct {
    const char *template, *text;
} texts[] = {
    {"", ""},
    {"plain", "plain"},
    {"Hi {name}!", "Hi Ada!"},
    {"{name}{name}", "AdaAda"},
    {"{{name}} {{{name}}}", "{name} {Ada}"},
    {"{{", "{"},
    {"}}", "}"},
    {"{{}}", "{}"},
    {"{price:.2f} {n:,} {name:>5}", "2.50 1,234,567   Ada"},
    {"{name!r} {quote!r} {list!s}", "'Ada' \"it's\" [1, 'x']"},
    {"{name!r:*^9}", "**'Ada'**"},
    {"{\xc3\xa9!a:.3}", "'ac"},
    {"{none} {list}", "None [1, 'x']"},
    {"{name:}", "Ada"},
    {"{name!s:}", "Ada"},
    {"\xe2\x82\xac{name}\xf0\x9f\x98\x80", "\xe2\x82\xac"
                                           "Ada\xf0\x9f\x98\x80"},
    {"{name:<<6}", "Ada<<<"},
};

static void fields_print_as_by_python(void **state)
{
    (void)state;
    json_t *variables = some_variables();
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct fstring *template = compile(texts[i].template);
        char why[TEMPLATE_WHY_SIZE];
        struct buf out;
        buf_init(&out, 1000);
        assert_int_equal(fstring_print(template, variables, &out, why), LS_OK);
        assert_string_equal(buf_str(&out), texts[i].text);
        buf_fini(&out);
        fstring_free(&template);
        assert_null(template);
    }
    json_decref(variables);
}

static void what_is_no_template_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "{",      "}",      "{name",  "name}", "{{name}", "{name}}", "{}",        "{0}",   "{12}",
        "{a.b}",  "{a[0]}", "{a]}",   "{.a}",  "{a:{n}}", "{a:{}}",  "{a!}",      "{a!x}", "{a!r",
        "{a!rr}", "{a!",    "{a!r:",  "{a:",   "{a:q}",   "{a:.}",   "{{{",       "}}}",   "{a{b}",
        "{!r}",   "{:>5}",  "{a:,,}", "{a",    "x{",      "{a!r!s}", "{a:99999}", "{a}{",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct fstring *template = NULL;
        char why[TEMPLATE_WHY_SIZE];
        if (fstring_compile(&template, wrong[i], strlen(wrong[i]), why) != LS_BAD_SYNTAX)
            fail_msg("'%s' was taken", wrong[i]);
        assert_null(template);
        assert_true(strlen(why) > 10);
    }
    struct fstring *none = NULL;
    fstring_free(&none);
}

static void nul_is_text_but_no_name(void **state)
{
    (void)state;
    struct fstring *template = NULL;
    char why[TEMPLATE_WHY_SIZE];
    struct buf out;
    json_auto_t *variables = some_variables();
    assert_int_equal(fstring_compile(&template, "a\0{name}", 8, why), LS_OK);
    buf_init(&out, 100);
    assert_int_equal(fstring_print(template, variables, &out, why), LS_OK);
    assert_int_equal(out.len, 5);
    assert_memory_equal(out.data, "a\0Ada", 5);
    buf_fini(&out);
    fstring_free(&template);
    assert_int_equal(fstring_compile(&template, "{a\0b}", 5, why), LS_BAD_SYNTAX);
    assert_int_equal(fstring_compile(&template, "{a!\0}", 5, why), LS_BAD_SYNTAX);
    assert_int_equal(fstring_compile(&template, "{a:\0}", 5, why), LS_BAD_SYNTAX);
}

static void variables_are_listed_once_in_order(void **state)
{
    (void)state;
    struct fstring *template = compile("{b} {a!r} {b:>3} {c:.2f} {{d}} {a}");
    const char *const *names;
    assert_int_equal(fstring_variables(template, &names), 3);
    assert_string_equal(names[0], "b");
    assert_string_equal(names[1], "a");
    assert_string_equal(names[2], "c");
    fstring_free(&template);
    template = compile("none {{at}} all");
    assert_int_equal(fstring_variables(template, &names), 0);
    fstring_free(&template);
}

/* The sentence about a template that cannot be printed. */
static void check_error(const char *text, const char *part)
{
    struct fstring *template = compile(text);
    json_auto_t *variables = some_variables();
    char why[TEMPLATE_WHY_SIZE];
    struct buf out;
    buf_init(&out, 1000);
    assert_int_equal(fstring_print(template, variables, &out, why), LS_BAD_VALUE);
    if (!strstr(why, part))
        fail_msg("%s: %s", text, why);
    buf_fini(&out);
    fstring_free(&template);
}

static void what_cannot_be_printed_is_told(void **state)
{
    (void)state;
    check_error("{name} {missing}", "{'missing'}");
    check_error("{missing} {it's}", "{'missing', \"it's\"}");
    check_error("{missing}", "received: ['name', 'price'");
    check_error("{name:.2f}", "{name}: ");
    check_error("{list:>5}", "{list}: ");
    check_error("{price:d}", "{price}: ");
    check_error("{n!r:d}", "{n}: ");
}

/* The sentences are UTF-8 even where they quote a part of long names. */
static void sentences_are_utf8(void **state)
{
    (void)state;
    for (size_t shift = 0; shift < 4; shift++) {
        char text[400] = "{xxx", why[TEMPLATE_WHY_SIZE];
        struct fstring *template = NULL;
        text[1 + shift] = '\0';
        for (int i = 0; i < 80; i++)
            strncat(text, "\xe2\x82\xac", 4);
        size_t len = strlen(text);
        strncat(text, ".b}", 4);
        assert_int_equal(fstring_compile(&template, text, strlen(text), why), LS_BAD_SYNTAX);
        assert_true(text_is_utf8(why, strlen(why)));
        text[len] = '\0';
        strncat(text, ":d}", 4);
        template = compile(text);
        struct buf out;
        buf_init(&out, 100);
        json_auto_t *none = json_object();
        assert_int_equal(fstring_print(template, none, &out, why), LS_BAD_VALUE);
        assert_true(text_is_utf8(why, strlen(why)));
        const char *const *names;
        assert_int_equal(fstring_variables(template, &names), 1);
        json_auto_t *text_only = json_pack("{s:s}", names[0], "x");
        assert_int_equal(fstring_print(template, text_only, &out, why), LS_BAD_VALUE);
        assert_true(text_is_utf8(why, strlen(why)));
        buf_fini(&out);
        fstring_free(&template);
    }
}

static void the_limit_is_kept(void **state)
{
    (void)state;
    static const char text[] = "{name!r} costs {price:.2f} or {list} {n}.";
    struct fstring *template = compile(text);
    json_auto_t *variables = some_variables();
    size_t whole = strlen("'Ada' costs 2.50 or [1, 'x'] 1234567.");
    for (size_t limit = 0; limit <= whole; limit++) {
        struct buf out;
        char why[TEMPLATE_WHY_SIZE];
        buf_init(&out, limit);
        enum ls_err err = fstring_print(template, variables, &out, why);
        assert_int_equal(err, limit < whole ? LS_TOO_BIG : LS_OK);
        assert_true(out.len <= limit);
        buf_fini(&out);
    }
    fstring_free(&template);
}

static void it_appends(void **state)
{
    (void)state;
    struct fstring *template = compile("{name}");
    json_auto_t *variables = some_variables();
    char why[TEMPLATE_WHY_SIZE];
    struct buf out;
    buf_init(&out, 100);
    for (int i = 0; i < 2; i++)
        assert_int_equal(fstring_print(template, variables, &out, why), LS_OK);
    assert_string_equal(buf_str(&out), "AdaAda");
    buf_fini(&out);
    fstring_free(&template);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_print_as_by_python),
        cmocka_unit_test(what_is_no_template_is_refused),
        cmocka_unit_test(nul_is_text_but_no_name),
        cmocka_unit_test(variables_are_listed_once_in_order),
        cmocka_unit_test(what_cannot_be_printed_is_told),
        cmocka_unit_test(sentences_are_utf8),
        cmocka_unit_test(the_limit_is_kept),
        cmocka_unit_test(it_appends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
