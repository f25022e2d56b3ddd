/* The formats that strings may be asked to have. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
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

/* A label of a host name: `len` bytes. */
static bool is_label(const char *text, size_t len)
{
    if (len < 1 || len > 63 || text[0] == '-' || text[len - 1] == '-')
        return false;
    if (len >= 4 && text[2] == '-' && text[3] == '-' && strncasecmp(text, "xn", 2) != 0)
        return false;
    for (size_t i = 0; i < len; i++)
        if (!isalnum((unsigned char)text[i]) && text[i] != '-')
            return false;
    return true;
}

static bool is_hostname(const char *text)
{
    if (!*text || strlen(text) > 253)
        return false;
    for (;;) {
        size_t len = strcspn(text, ".");
        if (!is_label(text, len))
            return false;
        if (!text[len])
            return true;
        text += len + 1;
    }
}

/* How many bytes of `text` are a dotted IPv4 address. */
static size_t ipv4_at(const char *text)
{
    const char *at = text;
    for (int i = 0; i < 4; i++) {
        size_t n = strspn(at, "0123456789");
        int part = 0;
        if (n < 1 || n > 3 || (n > 1 && *at == '0'))
            return 0;
        for (size_t k = 0; k < n; k++)
            part = part * 10 + at[k] - '0';
        at += n;
        if (part > 255 || (i < 3 && *at++ != '.'))
            return 0;
    }
    return (size_t)(at - text);
}

static bool is_ipv4(const char *text)
{
    size_t len = ipv4_at(text);
    return len > 0 && !text[len];
}

static bool is_ipv6(const char *text)
{
    int groups = 0;
    bool has_gap = strncmp(text, "::", 2) == 0;
    const char *at = has_gap ? text + 2 : text;
    while (*at) {
        size_t n = strspn(at, "0123456789abcdefABCDEF"), v4 = ipv4_at(at);
        if (at[n] == '.' && v4 > 0 && !at[v4]) {
            groups += 2;
            break;
        }
        if (n < 1 || n > 4)
            return false;
        groups++;
        at += n;
        if (!*at)
            break;
        if (*at++ != ':' || !*at)
            return false;
        if (*at != ':')
            continue;
        if (has_gap)
            return false;
        has_gap = true;
        at++;
    }
    return has_gap ? groups < 8 : groups == 8;
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

static bool is_local_part(const char *text, size_t len)
{
    static const char atoms[] = "!#$%&'*+-/=?^_`{|}~.";
    if (len == 0 || len > 64)
        return false;
    if (text[0] == '"')
        return len > 2 && text[len - 1] == '"' && !memchr(text + 1, '"', len - 2);
    for (size_t i = 0; i < len; i++) {
        bool dot = text[i] == '.';
        if (dot && (i == 0 || i + 1 == len || text[i + 1] == '.'))
            return false;
        if (!isalnum((unsigned char)text[i]) && !strchr(atoms, text[i]))
            return false;
    }
    return true;
}

static bool is_address_literal(const char *text)
{
    size_t len = strlen(text);
    if (len < 3 || *text != '[' || text[len - 1] != ']')
        return false;
    char *inner = mem_strndup(text + 1, len - 2);
    bool fits = is_ipv4(inner) || (strncasecmp(inner, "IPv6:", 5) == 0 && is_ipv6(inner + 5));
    free(inner);
    return fits;
}

static bool is_email(const char *text)
{
    const char *at = strrchr(text, '@');
    return at && is_local_part(text, (size_t)(at - text)) &&
           (is_hostname(at + 1) || is_address_literal(at + 1));
}

/* Whether each character may stand in a URI, and each % begins an escape. */
static bool has_uri_characters(const char *text)
{
    static const char marks[] = "-._~:/?#[]@!$&'()*+,;=%";
    for (const char *c = text; *c; c++) {
        if (!isalnum((unsigned char)*c) && !strchr(marks, *c))
            return false;
        if (*c == '%' && (!isxdigit((unsigned char)c[1]) || !isxdigit((unsigned char)c[2])))
            return false;
    }
    const char *hash = strchr(text, '#');
    return !hash || !strchr(hash + 1, '#');
}

static bool is_port(const char *text, size_t len)
{
    return strspn(text, "0123456789") >= len;
}

/* user@host:port, `len` bytes; brackets stand around an IPv6 address only. */
static bool is_authority(const char *text, size_t len)
{
    const char *end = text + len, *at = memchr(text, '@', len);
    const char *host = at ? at + 1 : text;
    if (at && (memchr(text, '[', (size_t)(at - text)) || memchr(text, ']', (size_t)(at - text))))
        return false;
    if (host < end && *host == '[') {
        const char *close = memchr(host, ']', (size_t)(end - host));
        if (!close)
            return false;
        char *inner = mem_strndup(host + 1, (size_t)(close - host) - 1);
        bool fits = is_ipv6(inner) || *inner == 'v';
        free(inner);
        return fits && (close + 1 == end ||
                        (close[1] == ':' && is_port(close + 2, (size_t)(end - close) - 2)));
    }
    const char *colon = memchr(host, ':', (size_t)(end - host));
    size_t name = (size_t)((colon ? colon : end) - host);
    return !memchr(host, '[', name) && !memchr(host, ']', name) && !memchr(host, '@', name) &&
           (!colon || is_port(colon + 1, (size_t)(end - colon) - 1));
}

/* What follows the scheme. */
static bool is_hierarchy(const char *text)
{
    if (strncmp(text, "//", 2) == 0) {
        size_t len = strcspn(text + 2, "/?#");
        if (!is_authority(text + 2, len))
            return false;
        text += 2 + len;
    }
    return !strpbrk(text, "[]");
}

/* The length of the scheme at `text` with its colon, or 0. */
static size_t scheme_len(const char *text)
{
    size_t n = 0;
    if (!isalpha((unsigned char)*text))
        return 0;
    while (isalnum((unsigned char)text[n]) || (text[n] && strchr("+-.", text[n])))
        n++;
    return text[n] == ':' ? n + 1 : 0;
}

static bool is_uri(const char *text)
{
    size_t n = scheme_len(text);
    return n > 0 && has_uri_characters(text) && is_hierarchy(text + n);
}

static bool is_uri_reference(const char *text)
{
    if (scheme_len(text) > 0)
        return is_uri(text);
    size_t n = strcspn(text, ":/?#");
    return text[n] != ':' && has_uri_characters(text) && is_hierarchy(text);
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
    {"email", is_email},
    {"hostname", is_hostname},
    {"ipv4", is_ipv4},
    {"ipv6", is_ipv6},
    {"uri", is_uri},
    {"uri-reference", is_uri_reference},
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
