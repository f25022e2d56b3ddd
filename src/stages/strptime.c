/* Design: a format is a regular expression with a group for each directive, as with Python: the
 * first way to match from the start counts, and must end where the text does. */
#include "stages/strptime.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/pattern.h"
#include "base/text.h"

enum { MAX_FORMAT = 1024, MAX_PATTERN = 16 << 10, MAX_FIELDS = 32, DEFAULT_YEAR = 1900 };

#define MONTHS_SHORT "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
#define MONTHS_LONG \
    "january|february|march|april|may|june|july|august|september|october|november|december"

struct directive {
    char sign;
    const char *pattern;
};

static const struct directive directives[] = {
    {'Y', "[0-9]{4}"},
    {'y', "[0-9]{2}"},
    {'m', "1[0-2]|0[1-9]|[1-9]"},
    {'d', "3[01]|[12][0-9]|0[1-9]|[1-9]| [1-9]"},
    {'H', "2[0-3]|[01][0-9]|[0-9]"},
    {'I', "1[0-2]|0[1-9]|[1-9]"},
    {'M', "[0-5][0-9]|[0-9]"},
    {'S', "6[01]|[0-5][0-9]|[0-9]"},
    {'f', "[0-9]{1,6}"},
    {'j', "36[0-6]|3[0-5][0-9]|[12][0-9]{2}|0[1-9][0-9]|00[1-9]|[1-9][0-9]|0[1-9]|[1-9]"},
    {'p', "am|pm"},
    {'b', MONTHS_SHORT},
    {'B', MONTHS_LONG},
    {'a', "mon|tue|wed|thu|fri|sat|sun"},
    {'A', "monday|tuesday|wednesday|thursday|friday|saturday|sunday"},
    {'w', "[0-6]"},
    {'u', "[1-7]"},
    {'z', "[+-][0-9]{2}:?[0-5][0-9]|(?-i:Z)"},
    {'Z', "utc|gmt"},
    {'\0', NULL},
};

struct strptime {
    struct pattern *pattern;
    char fields[MAX_FIELDS + 1]; /* the directive of each group */
};

struct reading {
    int year, month, day, year_day; /* year_day 0: not given */
    int hour, minute, second, micro;
    int short_hour; /* 1 to 12; 0: not given */
    bool is_pm, has_offset;
    int offset; /* minutes */
};

/* What stands for other directives. */
static const char *expanded(char sign)
{
    return sign == 'c'   ? "%a %b %d %H:%M:%S %Y"
           : sign == 'x' ? "%m/%d/%y"
           : sign == 'X' ? "%H:%M:%S"
                         : NULL;
}

static enum ls_err add_format(struct strptime *made, struct buf *out, const char *format,
                              char why[256]);

static enum ls_err add_directive(struct strptime *made, struct buf *out, char sign, char why[256])
{
    const char *others = expanded(sign);
    if (sign == '%')
        return buf_add_char(out, '%');
    if (others)
        return add_format(made, out, others, why);
    const struct directive *row = directives;
    while (row->pattern && row->sign != sign)
        row++;
    size_t count = strlen(made->fields);
    if (!row->pattern || strchr(made->fields, sign) || count == MAX_FIELDS) {
        (void)snprintf(why, 256, "the format's %%%c is %s", sign ? sign : ' ',
                       row->pattern ? "there twice" : "not known here");
        return LS_BAD_CONFIG;
    }
    made->fields[count] = sign;
    return buf_printf(out, "(%s)", row->pattern);
}

static size_t blanks_at(const char *text)
{
    const char *left = text;
    size_t len = strlen(text), rest = len;
    text_strip(&left, &rest);
    return rest == 0 ? len : (size_t)(left - text);
}

static enum ls_err add_format(struct strptime *made, struct buf *out, const char *format,
                              char why[256])
{
    enum ls_err err = LS_OK;
    while (!err && *format) {
        size_t blanks = blanks_at(format);
        if (blanks > 0) {
            err = buf_add_str(out, "\\s+");
            format += blanks;
        } else if (*format == '%') {
            err = add_directive(made, out, format[1], why);
            format += 2;
        } else {
            pattern_add_literal(out, format++, 1);
            err = out->full ? LS_TOO_BIG : LS_OK;
        }
    }
    return err;
}

enum ls_err strptime_compile(struct strptime **out, const char *format, char why[256])
{
    struct strptime *made = mem_zalloc(1, sizeof *made);
    struct buf pattern;
    (void)snprintf(why, 256, "the format is too long");
    buf_init(&pattern, MAX_PATTERN);
    buf_add_str(&pattern, "(?i)\\A");
    enum ls_err err =
        strlen(format) > MAX_FORMAT ? LS_BAD_CONFIG : add_format(made, &pattern, format, why);
    if (!err)
        err = pattern_compile(&made->pattern, buf_str(&pattern), pattern.len, PATTERN_PYTHON, why);
    buf_fini(&pattern);
    if (err)
        strptime_free(&made);
    *out = made;
    return err ? LS_BAD_CONFIG : LS_OK;
}

void strptime_free(struct strptime **format)
{
    if (!*format)
        return;
    pattern_free(&(*format)->pattern);
    free(*format);
    *format = NULL;
}

/* Which of the words of a pattern it is, from 1. */
static int word_number(const char *words, const char *text, size_t len)
{
    int number = 1;
    for (const char *at = words; *at; number++) {
        size_t size = strcspn(at, "|");
        if (size == len && strncasecmp(at, text, len) == 0)
            return number;
        at += size + (at[size] == '|');
    }
    return 0;
}

static int fraction_of(const char *text, size_t len)
{
    int micro = 0;
    for (size_t i = 0; i < 6; i++)
        micro = micro * 10 + (i < len ? text[i] - '0' : 0);
    return micro;
}

static void read_offset(struct reading *reading, const char *text, size_t len)
{
    reading->has_offset = true;
    if (*text == 'Z')
        return;
    int hours = (text[1] - '0') * 10 + text[2] - '0';
    int minutes = (text[len - 2] - '0') * 10 + text[len - 1] - '0';
    reading->offset = (hours * 60 + minutes) * (*text == '-' ? -1 : 1);
}

static int short_year(int number)
{
    return number + (number <= 68 ? 2000 : 1900);
}

static void read_field(struct reading *reading, char sign, const char *text, size_t len)
{
    int number = 0;
    for (size_t i = 0; i < len && sign != 'z'; i++)
        number = text[i] >= '0' && text[i] <= '9' ? number * 10 + text[i] - '0' : number;
    switch (sign) {
    case 'Y': reading->year = number; break;
    case 'y': reading->year = short_year(number); break;
    case 'm': reading->month = number; break;
    case 'd': reading->day = number; break;
    case 'H': reading->hour = number; break;
    case 'I': reading->short_hour = number; break;
    case 'M': reading->minute = number; break;
    case 'S': reading->second = number; break;
    case 'f': reading->micro = fraction_of(text, len); break;
    case 'j': reading->year_day = number; break;
    case 'p': reading->is_pm = (*text | 0x20) == 'p'; break;
    case 'b': reading->month = word_number(MONTHS_SHORT, text, len); break;
    case 'B': reading->month = word_number(MONTHS_LONG, text, len); break;
    case 'z': read_offset(reading, text, len); break;
    default: break; /* weekdays and the names of zones say nothing more */
    }
}

/* Of a month between 1 and 12. */
static int days_in(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

/* A day of the year counts more than month and day. */
static void settle_day(struct reading *reading)
{
    if (reading->year_day == 0)
        return;
    reading->month = 1;
    reading->day = reading->year_day;
    while (reading->day > days_in(reading->year, reading->month)) {
        reading->day -= days_in(reading->year, reading->month);
        if (++reading->month > 12) {
            reading->month = 1;
            reading->year++;
        }
    }
}

static bool settle(struct reading *reading)
{
    if (reading->short_hour > 0)
        reading->hour = reading->short_hour % 12 + (reading->is_pm ? 12 : 0);
    settle_day(reading);
    int offset = reading->offset < 0 ? -reading->offset : reading->offset;
    return reading->year >= 1 && reading->year <= 9999 && reading->month >= 1 &&
           reading->second < 60 && reading->day <= days_in(reading->year, reading->month) &&
           offset < 24 * 60;
}

static void print_iso(const struct reading *reading, char iso[STRPTIME_ISO_SIZE])
{
    int at =
        snprintf(iso, STRPTIME_ISO_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d", reading->year,
                 reading->month, reading->day, reading->hour, reading->minute, reading->second);
    if (reading->micro > 0)
        at += snprintf(iso + at, STRPTIME_ISO_SIZE - (size_t)at, ".%06d", reading->micro);
    int offset = reading->offset < 0 ? -reading->offset : reading->offset;
    if (reading->has_offset)
        (void)snprintf(iso + at, STRPTIME_ISO_SIZE - (size_t)at, "%c%02d:%02d",
                       reading->offset < 0 ? '-' : '+', offset / 60, offset % 60);
}

bool strptime_read(const struct strptime *format, const char *text, size_t len,
                   char iso[STRPTIME_ISO_SIZE])
{
    struct match_span groups[MAX_FIELDS + 1];
    struct reading reading = {.year = DEFAULT_YEAR, .month = 1, .day = 1};
    size_t count = strlen(format->fields);
    bool found = false;
    enum ls_err err = pattern_match(format->pattern, text, len, 0, NULL, groups, count + 1, &found);
    if (err || !found || groups[0].end != len)
        return false;
    for (size_t i = 0; i < count; i++)
        read_field(&reading, format->fields[i], text + groups[i + 1].start,
                   groups[i + 1].end - groups[i + 1].start);
    if (!settle(&reading))
        return false;
    print_iso(&reading, iso);
    return true;
}
