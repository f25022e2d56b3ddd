#include "yaml/units.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Whole numbers up to here are exact in a double. */
#define LARGEST 9007199254740992.0
#define LONGEST 315576000000000.0 /* ms of 10000 years */

static const struct unit {
    const char *name;
    int64_t factor;
} durations[] = {{"d", 86400000}, {"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}},
  sizes[] = {{"TB", 1LL << 40}, {"GB", 1LL << 30}, {"MB", 1LL << 20}, {"KB", 1LL << 10}, {"B", 1}};

enum { DURATIONS = sizeof durations / sizeof *durations, SIZES = sizeof sizes / sizeof *sizes };

/* The end of the decimal number (digits, perhaps a fraction) at `text`, or NULL. */
static const char *read_decimal(const char *text, double *value)
{
    size_t whole = strspn(text, "0123456789");
    size_t fraction = 0;
    if (whole && text[whole] == '.') {
        fraction = strspn(text + whole + 1, "0123456789");
        if (!fraction)
            return NULL;
    }
    if (!whole)
        return NULL;
    *value = strtod(text, NULL);
    return text + whole + (fraction ? fraction + 1 : 0);
}

static bool to_whole(double value, double limit, int64_t *out)
{
    if (!(value >= 0 && value <= limit))
        return false;
    *out = llround(value);
    if (*out == 0 && value > 0)
        *out = 1;
    return true;
}

bool duration_from_seconds(double seconds, int64_t *ms)
{
    return to_whole(seconds * 1000, LONGEST, ms);
}

/* The first unit at or behind `from` whose name is the letters at `text`. */
static int find_duration(const char *text, int from)
{
    size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyz");
    for (int i = from; i < DURATIONS; i++)
        if (strlen(durations[i].name) == len && !memcmp(durations[i].name, text, len))
            return i;
    return -1;
}

bool duration_parse(const char *text, int64_t *ms)
{
    double total = 0, value = 0;
    const char *at = read_decimal(text, &value);
    if (at && !*at)
        return duration_from_seconds(value, ms);
    for (int next = 0; at; at = read_decimal(at, &value)) {
        int unit = find_duration(at, next);
        if (unit < 0)
            return false;
        total += value * (double)durations[unit].factor;
        at += strlen(durations[unit].name);
        next = unit + 1;
        if (!*at)
            return to_whole(total, LONGEST, ms);
    }
    return false;
}

/* Whether `text` names the unit: "KB", "kib", "k"; "B" has no short forms. */
static bool is_size(const struct unit *unit, const char *text)
{
    char letter[2] = {unit->name[0], '\0'};
    char binary[4] = {unit->name[0], 'i', 'B', '\0'};
    if (!strcasecmp(text, unit->name))
        return true;
    return unit->factor > 1 && (!strcasecmp(text, letter) || !strcasecmp(text, binary));
}

bool size_parse(const char *text, int64_t *bytes)
{
    double value = 0;
    const char *rest = read_decimal(text, &value);
    if (!rest)
        return false;
    if (!*rest)
        return to_whole(value, LARGEST, bytes);
    for (int i = 0; i < SIZES; i++)
        if (is_size(&sizes[i], rest))
            return to_whole(value * (double)sizes[i].factor, LARGEST, bytes);
    return false;
}

const char *duration_format(char out[UNITS_TEXT], int64_t ms)
{
    size_t used = 0;
    for (int i = 0; i < DURATIONS; i++) {
        int64_t part = ms / durations[i].factor;
        ms %= durations[i].factor;
        if (part)
            used += (size_t)snprintf(out + used, UNITS_TEXT - used, "%" PRId64 "%s", part,
                                     durations[i].name);
    }
    if (!used)
        snprintf(out, UNITS_TEXT, "0s");
    return out;
}

const char *size_format(char out[UNITS_TEXT], int64_t bytes)
{
    int unit = 0;
    while (unit < SIZES - 1 && (bytes < sizes[unit].factor || bytes % sizes[unit].factor))
        unit++;
    snprintf(out, UNITS_TEXT, "%" PRId64 "%s", bytes / sizes[unit].factor, sizes[unit].name);
    return out;
}
