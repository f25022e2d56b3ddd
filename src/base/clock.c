#include "base/clock.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int64_t read_us(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_wall_us(void)
{
    return read_us(CLOCK_REALTIME);
}

int64_t clock_steady_us(void)
{
    return read_us(CLOCK_MONOTONIC);
}

int64_t clock_coarse_ms(void)
{
    return read_us(CLOCK_MONOTONIC_COARSE) / 1000;
}

int64_t clock_cpu_us(void)
{
    return read_us(CLOCK_THREAD_CPUTIME_ID);
}

/* The last `count` decimal digits of a number. */
static void put_digits(char *out, int number, int count)
{
    for (; count-- > 0; number /= 10)
        out[count] = (char)('0' + number % 10);
}

/* A time up to its seconds. */
static void put_seconds(char out[25], time_t seconds)
{
    struct tm tm;
    gmtime_r(&seconds, &tm);
    memcpy(out, "0000-00-00T00:00:00.000Z", 25);
    put_digits(out, tm.tm_year + 1900, 4);
    put_digits(out + 5, tm.tm_mon + 1, 2);
    put_digits(out + 8, tm.tm_mday, 2);
    put_digits(out + 11, tm.tm_hour, 2);
    put_digits(out + 14, tm.tm_min, 2);
    put_digits(out + 17, tm.tm_sec, 2);
}

/* Every line of the log has one, and most are of the second of the line before. */
void clock_format_iso(char out[25], int64_t wall_us)
{
    static _Thread_local struct {
        time_t seconds;
        char text[25]; /* "": none yet */
    } last;
    time_t seconds = (time_t)(wall_us / 1000000);
    if (seconds != last.seconds || !*last.text)
        put_seconds(last.text, seconds);
    last.seconds = seconds;
    memcpy(out, last.text, sizeof last.text);
    put_digits(out + 20, (int)(wall_us / 1000 % 1000), 3);
}

static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

/* The process keeps the C locale, in which strftime() writes English names. */
void clock_format_http(char out[30], int64_t wall_us)
{
    time_t seconds = (time_t)(wall_us / 1000000);
    struct tm tm;
    gmtime_r(&seconds, &tm);
    strftime(out, 30, "%a, %d %b %Y %H:%M:%S GMT", &tm);
}

/* Whether the text is of the form, in which 0 stands for a digit and a for a letter. */
static bool has_form(const char *text, const char *form)
{
    for (; *form; form++, text++) {
        char c = *text;
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (*form == '0' ? c < '0' || c > '9' : *form == 'a' ? !is_letter : c != *form)
            return false;
    }
    return *text == '\0';
}

static int month_of(const char *name)
{
    for (int month = 0; month < 12; month++)
        if (memcmp(months + 3 * month, name, 3) == 0)
            return month;
    return -1;
}

int64_t clock_parse_http(const char *text)
{
    if (!has_form(text, "aaa, 00 aaa 0000 00:00:00 GMT"))
        return -1;
    struct tm tm = {
        .tm_mday = (int)strtol(text + 5, NULL, 10),
        .tm_mon = month_of(text + 8),
        .tm_year = (int)strtol(text + 12, NULL, 10) - 1900,
        .tm_hour = (int)strtol(text + 17, NULL, 10),
        .tm_min = (int)strtol(text + 20, NULL, 10),
        .tm_sec = (int)strtol(text + 23, NULL, 10),
    };
    if (tm.tm_mon < 0 || tm.tm_mday < 1 || tm.tm_mday > 31 || tm.tm_hour > 23 || tm.tm_min > 59 ||
        tm.tm_sec > 60)
        return -1;
    return (int64_t)timegm(&tm);
}
