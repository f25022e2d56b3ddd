#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/clock.h"

static const struct {
    int64_t seconds;
    const char *iso, *http;
} dates[] = {
    {0, "1970-01-01T00:00:00.000Z", "Thu, 01 Jan 1970 00:00:00 GMT"},
    {784111777, "1994-11-06T08:49:37.000Z", "Sun, 06 Nov 1994 08:49:37 GMT"},
    {951782400, "2000-02-29T00:00:00.000Z", "Tue, 29 Feb 2000 00:00:00 GMT"},
    {1795445159, "2026-11-23T14:45:59.000Z", "Mon, 23 Nov 2026 14:45:59 GMT"},
    {2147483648, "2038-01-19T03:14:08.000Z", "Tue, 19 Jan 2038 03:14:08 GMT"},
    {4107542399, "2100-02-28T23:59:59.000Z", "Sun, 28 Feb 2100 23:59:59 GMT"},
    {253402300799, "9999-12-31T23:59:59.000Z", "Fri, 31 Dec 9999 23:59:59 GMT"},
};

static void dates_are_written_and_read_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof dates / sizeof *dates; i++) {
        char iso[25], http[30];
        clock_format_iso(iso, dates[i].seconds * 1000000);
        clock_format_http(http, dates[i].seconds * 1000000 + 999999);
        assert_string_equal(iso, dates[i].iso);
        assert_string_equal(http, dates[i].http);
        assert_int_equal(clock_parse_http(http), dates[i].seconds);
    }
}

static void milliseconds_are_cut_not_rounded(void **state)
{
    (void)state;
    static const struct {
        int64_t us;
        const char *end;
    } samples[] = {{1, "00.000Z"},       {999, "00.000Z"},     {1000, "00.001Z"},
                   {12345, "00.012Z"},   {832000, "00.832Z"},  {999999, "00.999Z"},
                   {1000000, "01.000Z"}, {59999999, "59.999Z"}};
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        char iso[25];
        clock_format_iso(iso, samples[i].us);
        assert_int_equal(strlen(iso), 24);
        assert_string_equal(iso + 17, samples[i].end);
    }
}

static void every_month_has_its_name(void **state)
{
    (void)state;
    for (int64_t day = 0; day < 800; day++) {
        char http[30];
        clock_format_http(http, day * 86400 * 1000000);
        assert_int_equal(strlen(http), 29);
        assert_int_equal(clock_parse_http(http), day * 86400);
    }
}

static void what_is_no_date_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        "120",
        "soon",
        "Mon, 23 Nov 2026 14:45:59",
        "Mon, 23 Nov 2026 14:45:59 CET",
        "Mon, 23 Nov 2026 14:45 GMT",
        "Mon, 23 Xyz 2026 14:45:59 GMT",
        "Mon, 23 anF 2026 14:45:59 GMT",
        "Mon, 23 Ja 2026 14:45:59 GMT",
        "Mon, 00 Nov 2026 14:45:59 GMT",
        "Mon, 32 Nov 2026 14:45:59 GMT",
        "Mon, -1 Nov 2026 14:45:59 GMT",
        "Mon, 23 Nov -999 14:45:59 GMT",
        "Mon, 23 Nov 2026 24:45:59 GMT",
        "Mon, 23 Nov 2026 -1:45:59 GMT",
        "Mon, 23 Nov 2026 14:60:59 GMT",
        "Mon, 23 Nov 2026 14:45:61 GMT",
        "Mon, 23 Nov 2026 14:45:59 GMT and more",
        "2026-11-23T14:45:59Z",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (clock_parse_http(wrong[i]) != -1)
            fail_msg("'%s' was read", wrong[i]);
}

static void a_leap_second_is_a_date(void **state)
{
    (void)state;
    assert_int_equal(clock_parse_http("Sat, 31 Dec 2016 23:59:60 GMT"), 1483228800);
}

static void clocks_go(void **state)
{
    (void)state;
    int64_t before = clock_steady_us();
    for (int i = 0; i < 1000; i++) {
        int64_t now = clock_steady_us();
        assert_true(now >= before);
        before = now;
    }
    assert_true(clock_wall_us() > 1700000000LL * 1000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates_are_written_and_read_back),
        cmocka_unit_test(milliseconds_are_cut_not_rounded),
        cmocka_unit_test(every_month_has_its_name),
        cmocka_unit_test(what_is_no_date_is_refused),
        cmocka_unit_test(a_leap_second_is_a_date),
        cmocka_unit_test(clocks_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
