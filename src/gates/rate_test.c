#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "gates/rate.h"

enum { LOG_SIZE = 4096 };

/* The slow reference: it remembers when each request was let through. */
struct log {
    int64_t times[LOG_SIZE];
    size_t count;
};

static int64_t count_between(const struct log *log, int64_t from, int64_t to)
{
    int64_t found = 0;
    for (size_t i = 0; i < log->count; i++)
        found += log->times[i] >= from && log->times[i] < to;
    return found;
}

/* Whether all of the current window, and the covered part of the one before, leave room for one
 * more; in fractions of the window, with nothing rounded. */
static bool reference_allows(const struct log *log, const struct rate *rate, int64_t now)
{
    int64_t start = now - now % rate->window;
    int64_t current = count_between(log, start, now + 1);
    int64_t before = count_between(log, start - rate->window, start);
    int64_t covered = rate->window - (now - start);
    return (current + 1) * rate->window + before * covered <= rate->count * rate->window;
}

/* The clock moves by what makes windows full, halves empty, and is passed over. */
static int64_t next_step(const struct rate *rate, unsigned *seed)
{
    switch (rand_r(seed) % 8) {
    case 0: return rate->window;
    case 1: return rate->window * 2 + rand_r(seed) % 5;
    case 2: return rand_r(seed) % (rate->window + 1);
    default: return rand_r(seed) % (rate->window / rate->count + 2);
    }
}

static void it_decides_as_one_that_remembers_everything(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 300; round++) {
        unsigned seed = round;
        struct rate rate = {1 + rand_r(&seed) % 20, 1 + rand_r(&seed) % 5000};
        struct log log = {.count = 0};
        struct rate_said said;
        uint64_t word = 0;
        int64_t now = rand_r(&seed);
        for (int i = 0; i < 500; i++) {
            now += next_step(&rate, &seed);
            bool expected = reference_allows(&log, &rate, now);
            uint64_t next = rate_take(&rate, word, now, &said);
            assert_int_equal(said.allowed, expected);
            assert_true(expected || next == word);
            if (expected)
                log.times[log.count++] = now;
            word = next;
        }
    }
}

/* How many more pass at once is what it said would. */
static void it_says_how_many_are_left(void **state)
{
    (void)state;
    unsigned seed = 7;
    struct rate rate = {10, 1000};
    struct rate_said said, later;
    uint64_t word = 0;
    int64_t now = 0;
    for (int i = 0; i < 2000; i++) {
        now += rand_r(&seed) % 300;
        word = rate_take(&rate, word, now, &said);
        uint64_t tried = word;
        for (int64_t k = 0; k < said.left; k++) {
            tried = rate_take(&rate, tried, now, &later);
            assert_true(later.allowed);
        }
        (void)rate_take(&rate, tried, now, &later);
        assert_false(later.allowed);
    }
}

/* Who waits as long as was said is let through, and nobody who waits less. */
static void it_says_how_long_to_wait(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 200; round++) {
        unsigned seed = round;
        struct rate rate = {1 + rand_r(&seed) % 9, 1 + rand_r(&seed) % 3000};
        struct rate_said said, then;
        uint64_t word = 0;
        int64_t now = rand_r(&seed);
        for (int i = 0; i < 300; i++) {
            now += rand_r(&seed) % (rate.window / rate.count + 1);
            word = rate_take(&rate, word, now, &said);
            if (said.left > 0)
                continue;
            assert_true(said.reset > 0);
            (void)rate_take(&rate, word, now + said.reset - 1, &then);
            assert_false(then.allowed);
            (void)rate_take(&rate, word, now + said.reset, &then);
            assert_true(then.allowed);
        }
    }
}

static void what_is_given_back_may_be_taken_again(void **state)
{
    (void)state;
    struct rate rate = {3, 1000};
    struct rate_said said;
    uint64_t word = 0;
    for (int i = 0; i < 3; i++)
        word = rate_take(&rate, word, 500, &said);
    assert_int_equal(said.left, 0);
    word = rate_give(&rate, word, 500);
    word = rate_take(&rate, word, 500, &said);
    assert_true(said.allowed);
    word = rate_give(&rate, word, 1000); /* in the next window, of the one before */
    word = rate_take(&rate, word, 1000, &said);
    assert_true(said.allowed);
    for (int i = 0; i < 9; i++)
        word = rate_give(&rate, word, 1000);
    for (int i = 0; i < 3; i++) {
        word = rate_take(&rate, word, 1000, &said);
        assert_true(said.allowed);
    }
    (void)rate_take(&rate, word, 1000, &said);
    assert_false(said.allowed);
}

static void a_word_is_idle_after_two_windows(void **state)
{
    (void)state;
    struct rate rate = {5, 1000};
    struct rate_said said;
    assert_true(rate_is_idle(&rate, 0, 123456));
    uint64_t word = rate_take(&rate, 0, 1999, &said);
    assert_false(rate_is_idle(&rate, word, 1999));
    assert_false(rate_is_idle(&rate, word, 2999));
    assert_true(rate_is_idle(&rate, word, 3000));
}

static void rates_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t burst, count, window;
    } right[] = {
        {"10/minute", 0, 10, 60000},   {"5/second", 0, 5, 1000},
        {"100/hour", 0, 100, 3600000}, {"1000/day", 0, 1000, 86400000},
        {"10/30s", 0, 10, 30000},      {"1/2h", 0, 1, 7200000},
        {"60/minute", 10, 10, 10000},  {"10/minute", 20, 20, 120000},
        {"7/second", 2, 2, 286},       {"1048574/366d", 0, 1048574, 31622400000},
    };
    static const char *const wrong[] = {
        "",
        "10",
        "10/",
        "/minute",
        "0/minute",
        "-1/minute",
        "10/week",
        "10/0s",
        "10 / minute",
        "10/minutes x",
        "1048575/day",
        "1/367d",
        "99999999999999999999/day",
        "1.5/day",
        "10/30",
    };
    struct rate rate;
    for (size_t i = 0; i < sizeof right / sizeof *right; i++) {
        assert_true(rate_parse(&rate, right[i].text, right[i].burst));
        assert_int_equal(rate.count, right[i].count);
        assert_int_equal(rate.window, right[i].window);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(rate_parse(&rate, wrong[i], 0));
    assert_false(rate_parse(&rate, "1/day", 1000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_decides_as_one_that_remembers_everything),
        cmocka_unit_test(it_says_how_many_are_left),
        cmocka_unit_test(it_says_how_long_to_wait),
        cmocka_unit_test(what_is_given_back_may_be_taken_again),
        cmocka_unit_test(a_word_is_idle_after_two_windows),
        cmocka_unit_test(rates_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
