#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/trace_context.h"

#define TRACE "0af7651916cd43dd8448eb211c80319c"
#define SPAN "b7ad6b7169203331"

static void a_parent_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned flags;
    } rows[] = {
        {"00-" TRACE "-" SPAN "-01", TRACE_SAMPLED},
        {"00-" TRACE "-" SPAN "-00", 0},
        {"00-" TRACE "-" SPAN "-ff", TRACE_SAMPLED | TRACE_RANDOM},
        {"cc-" TRACE "-" SPAN "-01", TRACE_SAMPLED},
        {"cc-" TRACE "-" SPAN "-01-what-will-be", TRACE_SAMPLED},
        {"01-" TRACE "-" SPAN "-01-", TRACE_SAMPLED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct trace_context read;
        assert_true(trace_context_read(&read, rows[i].text));
        assert_string_equal(read.trace_id, TRACE);
        assert_string_equal(read.parent_id, SPAN);
        assert_int_equal(read.flags, rows[i].flags);
        assert_null(read.state);
    }
}

static void what_is_no_parent_is_refused(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",
        "00",
        "00-" TRACE "-" SPAN,
        "00-" TRACE "-" SPAN "-",
        "00-" TRACE "-" SPAN "-1",
        "00-" TRACE "-" SPAN "-0x",
        "00-" TRACE "-" SPAN "-01-",
        "00-" TRACE "-" SPAN "-01-more",
        "00-" TRACE "-" SPAN "-01,00-" TRACE "-" SPAN "-01",
        "cc-" TRACE "-" SPAN "-01.more",
        "ff-" TRACE "-" SPAN "-01",
        "0-" TRACE "-" SPAN "-01",
        "0G-" TRACE "-" SPAN "-01",
        "00_" TRACE "-" SPAN "-01",
        "00-" TRACE "_" SPAN "-01",
        "00-" TRACE "-" SPAN "_01",
        "00-00000000000000000000000000000000-" SPAN "-01",
        "00-" TRACE "-0000000000000000-01",
        "00-0AF7651916CD43DD8448EB211C80319C-" SPAN "-01",
        "00-.af7651916cd43dd8448eb211c80319c-" SPAN "-01",
        "00-" TRACE "-B7AD6B7169203331-01",
        "00-" TRACE "-" SPAN "-0A",
        " 00-" TRACE "-" SPAN "-01",
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct trace_context read = {.trace_id = "as it was"};
        if (trace_context_read(&read, rows[i]))
            fail_msg("taken: %s", rows[i]);
        assert_string_equal(read.trace_id, "as it was");
    }
}

static void states_are_checked(void **state)
{
    (void)state;
#define KEY(n) "k" #n "=1"
#define TEN(n)                                                                                   \
    KEY(n##0)                                                                                    \
    "," KEY(n##1) "," KEY(n##2) "," KEY(n##3) "," KEY(n##4) "," KEY(n##5) "," KEY(n##6) "," KEY( \
        n##7) "," KEY(n##8) "," KEY(n##9)
    static const char *const well[] = {
        "a=1",
        "foo=1,bar=2",
        "foo=1 \t,\t bar=2",
        "foo=1,,bar=2,",
        "a_-*/9=x y!~",
        "9tenant@vendor=1",
        "a=<b>:;\"",
        TEN(1) "," TEN(2) "," TEN(3) ",x=1,y=2",
    };
    static const char *const wrong[] = {
        "",
        " ",
        ",",
        "foo",
        "foo=",
        "=1",
        "foo =1",
        "Foo=1",
        "9foo=1",
        "foo=a=b",
        "foo=\x7f",
        "foo=\xc3\xa9",
        "foo=a\tb",
        "@vendor=1",
        "tenant@=1",
        "a@b@c=1",
        "a@9=1",
        "-a=1",
        "foo=1;bar=2=3",
        TEN(1) "," TEN(2) "," TEN(3) ",x=1,y=2,z=3",
    };
    for (size_t i = 0; i < sizeof well / sizeof well[0]; i++)
        if (!trace_state_is_valid(well[i]))
            fail_msg("refused: %s", well[i]);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        if (trace_state_is_valid(wrong[i]))
            fail_msg("taken: %s", wrong[i]);
}

/* A member of `key` letters, a system of `system` letters (0: none) and `value` letters. */
static bool takes(size_t key, size_t system, size_t value)
{
    char text[1000];
    size_t at = 0;
    memset(text, 'z', sizeof text);
    at += key;
    if (system > 0) {
        text[at] = '@';
        at += 1 + system;
    }
    text[at] = '=';
    text[at + 1 + value] = '\0';
    return trace_state_is_valid(text);
}

static void states_have_limits(void **state)
{
    (void)state;
    assert_true(takes(256, 0, 256));
    assert_false(takes(257, 0, 1));
    assert_false(takes(1, 0, 257));
    assert_true(takes(241, 14, 1));
    assert_false(takes(242, 14, 1));
    assert_false(takes(241, 15, 1));
}

static void a_span_is_the_steps(void **state)
{
    (void)state;
    char text[TRACEPARENT_LEN + 1];
    struct trace_context trace, again;
    struct uuid step;
    assert_true(uuid_parse(&step, "11111111-2222-4333-8444-555555555555"));
    assert_true(trace_context_read(&trace, "00-" TRACE "-" SPAN "-ff"));
    trace_context_format(text, &trace, &step);
    assert_string_equal(text, "00-" TRACE "-8444555555555555-03");
    trace_context_format(text, &trace, &(struct uuid){{0}});
    assert_true(trace_context_read(&again, text));
}

static void a_new_trace_is_its_own(void **state)
{
    (void)state;
    char text[TRACEPARENT_LEN + 1];
    struct trace_context one, other, read;
    struct uuid step = uuid_new();
    trace_context_begin(&one);
    trace_context_begin(&other);
    assert_string_not_equal(one.trace_id, other.trace_id);
    assert_string_equal(one.parent_id, "");
    trace_context_format(text, &one, &step);
    assert_true(trace_context_read(&read, text));
    assert_string_equal(read.trace_id, one.trace_id);
    assert_int_equal(read.flags, 0);
}

static void a_request_has_a_span_of_its_own(void **state)
{
    (void)state;
    struct trace_context one, other;
    assert_true(trace_context_read(&one, "00-" TRACE "-" SPAN "-01"));
    other = one;
    trace_context_enter(&one);
    trace_context_enter(&other);
    assert_int_equal(strlen(one.own_id), SPAN_ID_LEN);
    assert_string_not_equal(one.own_id, other.own_id);
    assert_string_equal(one.parent_id, SPAN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_parent_is_read),
        cmocka_unit_test(what_is_no_parent_is_refused),
        cmocka_unit_test(states_are_checked),
        cmocka_unit_test(states_have_limits),
        cmocka_unit_test(a_span_is_the_steps),
        cmocka_unit_test(a_new_trace_is_its_own),
        cmocka_unit_test(a_request_has_a_span_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
