#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <string.h>

#include "yaml/units.h"

static int64_t duration(const char *text)
{
    int64_t ms = -1;
    return duration_parse(text, &ms) ? ms : -1;
}

static int64_t size(const char *text)
{
    int64_t bytes = -1;
    return size_parse(text, &bytes) ? bytes : -1;
}

static void durations_are_read(void **state)
{
    (void)state;
    assert_int_equal(duration("30s"), 30000);
    assert_int_equal(duration("1m30s"), 90000);
    assert_int_equal(duration("250ms"), 250);
    assert_int_equal(duration("2h"), 7200000);
    assert_int_equal(duration("1d2h3m4s5ms"), 93784005);
    assert_int_equal(duration("1.5s"), 1500);
    assert_int_equal(duration("30"), 30000);
    assert_int_equal(duration("0.25"), 250);
    assert_int_equal(duration("0"), 0);
}

static void a_tiny_duration_is_not_none(void **state)
{
    (void)state;
    int64_t ms = 0;
    assert_int_equal(duration("0.1ms"), 1);
    assert_true(duration_from_seconds(1e-9, &ms));
    assert_int_equal(ms, 1);
}

static void what_is_no_duration_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",     "s",      "30 s", "30 parsecs", "-1s",  "1s1m",
                                        "1s2s", "1m30",   "1.s",  ".5s",        "1e3s", "99999999d",
                                        "1S",   "1s nan", "inf",  "0x10s"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(duration(wrong[i]), -1);
    int64_t ms = 0;
    assert_false(duration_from_seconds(-1, &ms));
    assert_false(duration_from_seconds(1e300, &ms));
}

static void sizes_are_read(void **state)
{
    (void)state;
    assert_int_equal(size("10MB"), 10 << 20);
    assert_int_equal(size("64KB"), 64 << 10);
    assert_int_equal(size("1GB"), 1 << 30);
    assert_int_equal(size("2TB"), 2LL << 40);
    assert_int_equal(size("512"), 512);
    assert_int_equal(size("512b"), 512);
    assert_int_equal(size("1.5k"), 1536);
    assert_int_equal(size("1KiB"), 1024);
    assert_int_equal(size("0"), 0);
}

static void what_is_no_size_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",    "MB",  "-1",  "10 MB", "10XB",   "10MBB",
                                        "1iB", "10.", "1e3", ".5MB",  "99999TB"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(size(wrong[i]), -1);
}

static void what_is_printed_reads_back(void **state)
{
    (void)state;
    char out[UNITS_TEXT];
    assert_string_equal(duration_format(out, 0), "0s");
    assert_string_equal(duration_format(out, 90000), "1m30s");
    assert_string_equal(duration_format(out, 250), "250ms");
    assert_string_equal(duration_format(out, 93784005), "1d2h3m4s5ms");
    assert_int_equal(duration(duration_format(out, 315576000000000)), 315576000000000);
    assert_string_equal(size_format(out, 0), "0B");
    assert_string_equal(size_format(out, 10 << 20), "10MB");
    assert_string_equal(size_format(out, 1025), "1025B");
    assert_int_equal(size(size_format(out, 9007199254740991)), 9007199254740991);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(durations_are_read),
        cmocka_unit_test(a_tiny_duration_is_not_none),
        cmocka_unit_test(what_is_no_duration_is_refused),
        cmocka_unit_test(sizes_are_read),
        cmocka_unit_test(what_is_no_size_is_refused),
        cmocka_unit_test(what_is_printed_reads_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
