#include "schema/moment.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DAY = 86400 };

static const double watershed = 2e10;       /* beyond it a number counts milliseconds */
static const double first = -62167219200.0; /* seconds: the year 0 begins, and 10000 */
static const double end = 253402300800.0;

/* `count` digits at `text`; -1: they are none. */
static int digits(const char *text, int count)
{
    int number = 0;
    for (int i = 0; i < count; i++) {
        if (!isdigit((unsigned char)text[i]))
            return -1;
        number = number * 10 + text[i] - '0';
    }
    return number;
}

static int days_in(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

/* The date at the start of `text`, 10 bytes. */
static const char *read_date(struct moment *out, const char *text)
{
    if (strnlen(text, 10) < 10)
        return "input is too short";
    if ((out->year = digits(text, 4)) < 0)
        return "invalid character in year";
    if (text[4] != '-')
        return "invalid date separator, expected `-`";
    if ((out->month = digits(text + 5, 2)) < 0)
        return "invalid character in month";
    if (text[7] != '-')
        return "invalid date separator, expected `-`";
    if ((out->day = digits(text + 8, 2)) < 0)
        return "invalid character in day";
    if (out->month < 1 || out->month > 12)
        return "month value is outside expected range of 1-12";
    if (out->day < 1 || out->day > days_in(out->year, out->month))
        return "day value is outside expected range";
    return NULL;
}

/* The offset at `text`, the rest of it. */
static const char *read_offset(struct moment *out, const char *text)
{
    static const char minus[] = "\u2212";
    int sign = *text == '+' ? 1 : -1;
    out->has_offset = *text;
    if (*text == 'Z' || *text == 'z')
        return text[1] ? "unexpected extra characters at the end of the input" : NULL;
    if (!*text)
        return NULL;
    if (*text == '+' || *text == '-')
        text++;
    else if (strncmp(text, minus, sizeof minus - 1) == 0)
        text += sizeof minus - 1;
    else
        return "invalid timezone sign";
    int hour = digits(text, 2), minute;
    if (hour < 0)
        return "invalid timezone hour";
    text += text[2] == ':' ? 3 : 2;
    if ((minute = digits(text, 2)) < 0)
        return "invalid timezone minute";
    if (minute > 59)
        return "timezone minute value is outside expected range of 0-59";
    if (hour > 23)
        return "timezone offset must be less than 24 hours";
    out->offset = sign * (hour * 60 + minute);
    return text[2] ? "unexpected extra characters at the end of the input" : NULL;
}

/* ":SS[.fraction]" at *text; what is beyond millionths is cut off. */
static const char *read_second(struct moment *out, const char **text)
{
    if ((out->second = digits(*text + 1, 2)) < 0)
        return "invalid character in second";
    if (out->second > 59)
        return "second value is outside expected range of 0-59";
    *text += 3;
    if (**text != '.' && **text != ',')
        return NULL;
    int unit = 100000;
    const char *c = ++*text;
    for (; isdigit((unsigned char)*c); c++, unit /= 10)
        out->micro += unit * (*c - '0');
    if (c == *text)
        return "second fraction digits missing after `.`";
    *text = c;
    return NULL;
}

const char *moment_read_time(struct moment *out, const char *text)
{
    if (strnlen(text, 5) < 5)
        return "input is too short";
    if ((out->hour = digits(text, 2)) < 0)
        return "invalid character in hour";
    if (text[2] != ':')
        return "invalid time separator, expected `:`";
    if ((out->minute = digits(text + 3, 2)) < 0)
        return "invalid character in minute";
    if (out->hour > 23)
        return "hour value is outside expected range of 0-23";
    if (out->minute > 59)
        return "minute value is outside expected range of 0-59";
    text += 5;
    const char *why = *text == ':' ? read_second(out, &text) : NULL;
    return why ? why : read_offset(out, text);
}

const char *moment_read_date(struct moment *out, const char *text)
{
    const char *why = read_date(out, text);
    return !why && text[10] ? "unexpected extra characters at the end of the input" : why;
}

const char *moment_read(struct moment *out, const char *text)
{
    const char *why = read_date(out, text);
    if (why)
        return why;
    if (!text[10])
        return "input is too short";
    if (!strchr("Tt_ ", text[10]))
        return "invalid datetime separator, expected `T`, `t`, `_` or space";
    return moment_read_time(out, text + 11);
}

/* Days from 0000-01-01 to the first of a year. */
static long days_before(long year)
{
    return 365 * year + (year + 3) / 4 - (year + 99) / 100 + (year + 399) / 400;
}

/* The day `days` after 1970-01-01, in the years 0 to 9999. */
static void set_day(struct moment *out, long days)
{
    days += days_before(1970);
    long year = days / 366; /* never too late */
    while (days_before(year + 1) <= days)
        year++;
    days -= days_before(year);
    out->year = (int)year;
    for (out->month = 1; days >= days_in(out->year, out->month); out->month++)
        days -= days_in(out->year, out->month);
    out->day = (int)days + 1;
}

static void set_time(struct moment *out, long seconds, int micro)
{
    out->hour = (int)(seconds / 3600);
    out->minute = (int)(seconds / 60 % 60);
    out->second = (int)(seconds % 60);
    out->micro = micro;
    out->has_offset = true;
    out->offset = 0;
}

/* Whole seconds and millionths, rounded. */
static void split(double number, double *seconds, int *micro)
{
    *seconds = floor(number);
    *micro = (int)round((number - *seconds) * 1e6);
    if (*micro == 1000000) {
        *micro = 0;
        *seconds += 1;
    }
}

static const char *from_seconds(struct moment *out, double seconds, int micro)
{
    if (seconds >= end)
        return "dates after 9999 are not supported as unix timestamps";
    if (seconds < first)
        return "dates before 0000 are not supported as unix timestamps";
    double days = floor(seconds / DAY);
    set_day(out, (long)days);
    set_time(out, (long)(seconds - days * DAY), micro);
    return NULL;
}

static const char *from_integer(struct moment *out, json_int_t number)
{
    bool milli = (double)number > watershed || (double)number < -watershed;
    json_int_t rest = milli ? number % 1000 : 0;
    json_int_t seconds = milli ? number / 1000 : number;
    if (rest < 0) {
        rest += 1000;
        seconds--;
    }
    return from_seconds(out, (double)seconds, (int)rest * 1000);
}

static const char *from_real(struct moment *out, double number)
{
    double seconds;
    int micro;
    if (isnan(number))
        return "NaN values not permitted";
    if (isinf(number))
        return from_seconds(out, number, 0); /* which refuses it */
    split(fabs(number) > watershed ? number / 1000 : number, &seconds, &micro);
    return from_seconds(out, seconds, micro);
}

const char *moment_from_number(struct moment *out, const json_t *number)
{
    return json_is_integer(number) ? from_integer(out, json_integer_value(number))
                                   : from_real(out, json_real_value(number));
}

const char *moment_time_from_number(struct moment *out, const json_t *number)
{
    double seconds = json_number_value(number);
    int micro;
    if (seconds < 0)
        return "time in seconds should be positive";
    split(seconds, &seconds, &micro);
    if (seconds >= DAY)
        return "numeric times may not exceed 86,399 seconds";
    set_time(out, (long)seconds, micro);
    return NULL;
}

/* Whether nothing is left, or an exponent, which must stand behind a point. */
static bool is_exponent(const char *text, bool dot)
{
    if (!*text)
        return true;
    if (!dot || (*text != 'e' && *text != 'E'))
        return false;
    text += text[1] == '+' || text[1] == '-' ? 2 : 1;
    size_t n = strspn(text, "0123456789");
    return n > 0 && !text[n];
}

bool moment_from_digits(struct moment *out, const char *text, const char **why)
{
    const char *c = text + (*text == '+' || *text == '-');
    size_t whole = strspn(c, "0123456789"), part = 0;
    bool dot = c[whole] == '.';
    if (dot)
        part = strspn(c + whole + 1, "0123456789");
    if (whole + part == 0 || !is_exponent(c + whole + dot + part, dot))
        return false;
    errno = 0;
    json_int_t number = strtoll(text, NULL, 10);
    if (errno == ERANGE)
        return false;
    *why = dot ? from_real(out, strtod(text, NULL)) : from_integer(out, number);
    return true;
}
