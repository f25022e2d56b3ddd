/* The formats that strings may be asked to have. */
#include <ctype.h>
#include <string.h>

#include "base/pattern.h"
#include "schema/validator.h"

/* Two digits at `text` that are a number of at most `most`; -1: they are not. */
static int two_digits(const char *text, int most)
{
    if (!isdigit((unsigned char)text[0]) || !isdigit((unsigned char)text[1]))
        return -1;
    int number = (text[0] - '0') * 10 + text[1] - '0';
    return number <= most ? number : -1;
}

static int days_in(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

/* How many bytes of `text` are a date: 10 or 0. */
static size_t date_at(const char *text)
{
    if (strnlen(text, 10) < 10 || text[4] != '-' || text[7] != '-')
        return 0;
    int high = two_digits(text, 99), low = two_digits(text + 2, 99);
    int month = two_digits(text + 5, 12), day = two_digits(text + 8, 31);
    if (high < 0 || low < 0 || month < 1 || day < 1)
        return 0;
    return day <= days_in(high * 100 + low, month) ? 10 : 0;
}

static bool is_date(const char *text)
{
    return date_at(text) && !text[10];
}

/* The offset at `text` in minutes; false: there is none, or something behind it. */
static bool read_offset(const char *text, int *minutes)
{
    *minutes = 0;
    if ((*text == 'Z' || *text == 'z') && !text[1])
        return true;
    if ((*text != '+' && *text != '-') || strlen(text) != 6 || text[3] != ':')
        return false;
    int hour = two_digits(text + 1, 23), minute = two_digits(text + 4, 59);
    *minutes = (hour * 60 + minute) * (*text == '-' ? -1 : 1);
    return hour >= 0 && minute >= 0;
}

static bool is_time(const char *text)
{
    if (strnlen(text, 9) < 9 || text[2] != ':' || text[5] != ':')
        return false;
    int hour = two_digits(text, 23), minute = two_digits(text + 3, 59);
    int second = two_digits(text + 6, 60), offset;
    text += 8;
    if (*text == '.') {
        size_t digits = strspn(text + 1, "0123456789");
        if (digits == 0)
            return false;
        text += 1 + digits;
    }
    if (hour < 0 || minute < 0 || second < 0 || !read_offset(text, &offset))
        return false;
    int utc = (hour * 60 + minute - offset + 2 * 1440) % 1440; /* leap seconds are at midnight */
    return second < 60 || utc == 1439;
}

static bool is_date_time(const char *text)
{
    return date_at(text) && (text[10] == 'T' || text[10] == 't') && is_time(text + 11);
}

/* Digits and one of `units`, in their order; what is behind them, or NULL. */
static const char *skip_parts(const char *text, const char *units)
{
    const char *last = NULL;
    for (size_t n; (n = strspn(text, "0123456789")) > 0; text += n + 1) {
        const char *unit = text[n] ? strchr(units, text[n]) : NULL;
        if (!unit || (last && unit != last + 1))
            return NULL;
        last = unit;
        units = unit + 1;
    }
    return text;
}

static bool is_duration(const char *text)
{
    if (*text++ != 'P' || !*text)
        return false;
    size_t weeks = strspn(text, "0123456789");
    if (weeks > 0 && text[weeks] == 'W')
        return !text[weeks + 1];
    text = skip_parts(text, "YMD");
    if (!text || *text != 'T')
        return text && !*text;
    text++;
    const char *end = *text ? skip_parts(text, "HMS") : NULL;
    return end && end > text && !*end;
}

static bool is_uuid(const char *text)
{
    if (strlen(text) != 36)
        return false;
    for (int i = 0; i < 36; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? text[i] != '-' : !isxdigit((unsigned char)text[i]))
            return false;
    }
    return true;
}

static bool is_json_pointer(const char *text)
{
    if (*text && *text != '/')
        return false;
    for (const char *c = text; *c; c++)
        if (*c == '~' && c[1] != '0' && c[1] != '1')
            return false;
    return true;
}

static bool is_relative_pointer(const char *text)
{
    size_t n = strspn(text, "0123456789");
    if (n == 0 || (n > 1 && *text == '0'))
        return false;
    return strcmp(text + n, "#") == 0 || is_json_pointer(text + n);
}

static bool is_regex(const char *text)
{
    struct pattern *pattern = NULL;
    char why[256];
    bool fits = pattern_compile(&pattern, text, strlen(text), PATTERN_ECMA, why) == LS_OK;
    pattern_free(&pattern);
    return fits;
}

static const struct {
    const char *name;
    bool (*fits)(const char *text);
} formats[] = {
    {"date", is_date},
    {"time", is_time},
    {"date-time", is_date_time},
    {"duration", is_duration},
    {"email", format_is_email},
    {"hostname", format_is_hostname},
    {"ipv4", format_is_ipv4},
    {"ipv6", format_is_ipv6},
    {"uri", format_is_uri},
    {"uri-reference", format_is_uri_reference},
    {"uuid", is_uuid},
    {"json-pointer", is_json_pointer},
    {"relative-json-pointer", is_relative_pointer},
    {"regex", is_regex},
};

bool format_fits(const char *name, const char *text, size_t len)
{
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (strcmp(formats[i].name, name) == 0)
            return strlen(text) == len && formats[i].fits(text);
    return true;
}
