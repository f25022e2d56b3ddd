#include "gates/rate.h"

#include <stdlib.h>
#include <string.h>

enum { BITS = 20 };
#define COUNT_MASK ((1u << BITS) - 1)
#define WINDOW_MASK ((1u << 24) - 1)

/* A word, brought up to a time. */
struct counters {
    struct rate_counters now;
    uint64_t number; /* of this window */
};

static struct counters counters_at(const struct rate *rate, uint64_t word, int64_t now)
{
    uint64_t number = (uint64_t)(now / rate->window) & WINDOW_MASK;
    uint64_t age = (number - (word >> 2 * BITS)) & WINDOW_MASK;
    int64_t current = (int64_t)(word & COUNT_MASK);
    int64_t before = (int64_t)(word >> BITS & COUNT_MASK);
    return (struct counters){
        .now = {.before = age == 0   ? before
                          : age == 1 ? current
                                     : 0,
                .current = age == 0 ? current : 0,
                .elapsed = now % rate->window},
        .number = number,
    };
}

static uint64_t word_of(const struct counters *counters)
{
    return counters->number << 2 * BITS | (uint64_t)counters->now.before << BITS |
           (uint64_t)counters->now.current;
}

/* What is free of the count in the sliding window, times the window. */
static int64_t room(const struct rate *rate, const struct rate_counters *counters)
{
    return (rate->count - counters->current) * rate->window -
           counters->before * (rate->window - counters->elapsed);
}

/* The first time into a window, after `before` in the one before it and `current` in itself, at
 * which there is room for one more. */
static int64_t first_room(const struct rate *rate, int64_t before, int64_t current)
{
    int64_t wanted = (rate->count - 1 - current) * rate->window;
    return before == 0 ? 0 : rate->window - wanted / before;
}

static int64_t wait_for_room(const struct rate *rate, const struct rate_counters *counters)
{
    if (counters->current < rate->count)
        return first_room(rate, counters->before, counters->current) - counters->elapsed;
    return rate->window - counters->elapsed + first_room(rate, counters->current, 0);
}

void rate_tell(const struct rate *rate, const struct rate_counters *counters, bool allowed,
               struct rate_said *said)
{
    int64_t left = room(rate, counters) / rate->window;
    said->allowed = allowed;
    said->left = left > 0 ? left : 0;
    said->reset = left > 0 ? rate->window - counters->elapsed : wait_for_room(rate, counters);
}

uint64_t rate_take(const struct rate *rate, uint64_t word, int64_t now, struct rate_said *said)
{
    struct counters counters = counters_at(rate, word, now);
    bool allowed = room(rate, &counters.now) >= rate->window;
    counters.now.current += allowed;
    rate_tell(rate, &counters.now, allowed, said);
    return allowed ? word_of(&counters) : word;
}

uint64_t rate_give(const struct rate *rate, uint64_t word, int64_t now)
{
    struct counters counters = counters_at(rate, word, now);
    if (counters.now.current > 0)
        counters.now.current--;
    else if (counters.now.before > 0)
        counters.now.before--;
    return word_of(&counters);
}

bool rate_is_idle(const struct rate *rate, uint64_t word, int64_t now)
{
    uint64_t number = (uint64_t)(now / rate->window);
    return ((number - (word >> 2 * BITS)) & WINDOW_MASK) > 1;
}

static const struct {
    const char *name, *letter;
    int64_t ms;
} units[] = {
    {"second", "s", 1000},
    {"minute", "m", 60000},
    {"hour", "h", 3600000},
    {"day", "d", 86400000},
};

bool rate_is_of_unit(const struct rate *rate)
{
    bool found = false;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        found |= rate->window == units[i].ms;
    return found;
}

/* ms of a unit's name, or 0. */
static int64_t unit_ms(const char *name)
{
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcmp(name, units[i].name) == 0 || strcmp(name, units[i].letter) == 0)
            return units[i].ms;
    return 0;
}

/* Reads digits at *text and passes over them; -1 when there are none, or too many. */
static int64_t read_number(const char **text)
{
    size_t len = strspn(*text, "0123456789");
    int64_t number = len > 0 && len <= 9 ? strtoll(*text, NULL, 10) : -1;
    *text += len;
    return number;
}

enum { DAY_MS = 86400000 };
static const int64_t longest = (int64_t)366 * DAY_MS;

bool rate_read(int64_t *count, int64_t *period, const char *text)
{
    int64_t times = 1;
    *count = read_number(&text);
    if (*count < 1 || *text++ != '/')
        return false;
    if (*text >= '0' && *text <= '9')
        times = read_number(&text);
    int64_t unit = unit_ms(text);
    if (times < 1 || unit == 0 || times > longest / unit)
        return false;
    *period = times * unit;
    return true;
}

bool rate_parse(struct rate *rate, const char *text, int64_t burst)
{
    int64_t count, period;
    if (!rate_read(&count, &period, text) || count > RATE_MAX_COUNT || burst < 0 ||
        burst > RATE_MAX_COUNT)
        return false;
    int64_t most = burst ? burst : count;
    if (most > count * (longest / period))
        return false; /* a burst that a year would not refill */
    *rate = (struct rate){most, (period * most + count - 1) / count};
    return true;
}
