/* It goes through the text as the scanner of CPython's json module does, and stops where that
 * stops. */
#include "base/json_fault.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"

struct scan {
    const char *text, *at, *end;
    const char *why; /* the first fault; NULL: none yet */
    int depth;
};

static bool fail(struct scan *scan, const char *at, const char *why)
{
    scan->at = at;
    scan->why = why;
    return false;
}

static bool is_next(const struct scan *scan, char c)
{
    return scan->at < scan->end && *scan->at == c;
}

static void skip_blanks(struct scan *scan)
{
    while (scan->at < scan->end && memchr(" \t\n\r", *scan->at, 4))
        scan->at++;
}

/* What stands behind a backslash. */
static bool scan_escape(struct scan *scan, const char *backslash)
{
    enum { HEX = 4 };
    if (*scan->at != 'u') {
        bool known = memchr("\"\\/bfnrt", *scan->at, 8) != NULL;
        scan->at++;
        return known || fail(scan, backslash, "Invalid \\escape");
    }
    const char *digits = ++scan->at;
    if (scan->end - digits <= HEX)
        return fail(scan, digits - 1, "Invalid \\uXXXX escape");
    for (; scan->at < digits + HEX; scan->at++)
        if (!isxdigit((unsigned char)*scan->at))
            return fail(scan, digits - 1, "Invalid \\uXXXX escape");
    return true;
}

/* The text behind the opening quote. */
static bool scan_string(struct scan *scan)
{
    const char *quote = scan->at++;
    while (scan->at < scan->end) {
        const char *at = scan->at++;
        if (*at == '"')
            return true;
        if ((unsigned char)*at <= 0x1f)
            return fail(scan, at, "Invalid control character at");
        if (*at == '\\' && scan->at < scan->end && !scan_escape(scan, at))
            return false;
    }
    return fail(scan, quote, "Unterminated string starting at");
}

static void scan_digits(struct scan *scan)
{
    while (scan->at < scan->end && isdigit((unsigned char)*scan->at))
        scan->at++;
}

static bool scan_number(struct scan *scan)
{
    const char *begin = scan->at;
    scan->at += is_next(scan, '-');
    const char *digits = scan->at;
    if (is_next(scan, '0'))
        scan->at++;
    else
        scan_digits(scan);
    if (scan->at == digits)
        return fail(scan, begin, "Expecting value");
    const char *whole = scan->at;
    if (is_next(scan, '.')) {
        scan->at++;
        scan_digits(scan);
        scan->at = scan->at == whole + 1 ? whole : scan->at;
    }
    const char *fraction = scan->at;
    if (is_next(scan, 'e') || is_next(scan, 'E')) {
        scan->at++;
        scan->at += is_next(scan, '+') || is_next(scan, '-');
        const char *exponent = scan->at;
        scan_digits(scan);
        scan->at = scan->at == exponent ? fraction : scan->at;
    }
    return true;
}

static bool scan_word(struct scan *scan)
{
    static const char *const words[] = {"null", "true", "false", "NaN", "Infinity", "-Infinity"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t len = strlen(words[i]);
        if ((size_t)(scan->end - scan->at) >= len && memcmp(scan->at, words[i], len) == 0) {
            scan->at += len;
            return true;
        }
    }
    return false;
}

static bool scan_value(struct scan *scan);

static bool scan_member(struct scan *scan)
{
    if (!is_next(scan, '"'))
        return fail(scan, scan->at, "Expecting property name enclosed in double quotes");
    if (!scan_string(scan))
        return false;
    skip_blanks(scan);
    if (!is_next(scan, ':'))
        return fail(scan, scan->at, "Expecting ':' delimiter");
    scan->at++;
    skip_blanks(scan);
    return scan_value(scan);
}

/* An object or an array, behind its opening bracket. */
static bool scan_parts(struct scan *scan, char close, bool (*part)(struct scan *scan))
{
    scan->at++;
    skip_blanks(scan);
    while (!is_next(scan, close)) {
        if (!part(scan))
            return false;
        skip_blanks(scan);
        if (is_next(scan, close))
            break;
        if (!is_next(scan, ','))
            return fail(scan, scan->at, "Expecting ',' delimiter");
        scan->at++;
        skip_blanks(scan);
        if (is_next(scan, close)) /* Python sees no end there */
            return part(scan);
    }
    scan->at++;
    return true;
}

static bool scan_value(struct scan *scan)
{
    if (is_next(scan, '"'))
        return scan_string(scan);
    if (!is_next(scan, '{') && !is_next(scan, '['))
        return scan_word(scan) || scan_number(scan);
    if (++scan->depth > JSON_MAX_DEPTH)
        return fail(scan, scan->at, "Expecting value");
    bool object = is_next(scan, '{');
    bool well = scan_parts(scan, object ? '}' : ']', object ? scan_member : scan_value);
    scan->depth--;
    return well;
}

const char *json_fault(const char *text, size_t len, size_t *place)
{
    struct scan scan = {.text = text, .at = text, .end = text + len};
    skip_blanks(&scan);
    if (scan_value(&scan)) {
        skip_blanks(&scan);
        if (scan.at < scan.end)
            (void)fail(&scan, scan.at, "Extra data");
    }
    *place = scan.why ? text_count(text, (size_t)(scan.at - text)) : 0;
    return scan.why;
}
