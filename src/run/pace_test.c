#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "run/pace.h"

static const struct pace ten_a_second = {10, 1000};

static void a_full_bucket_gives_all_at_once_then_evenly(void **state)
{
    (void)state;
    pace_word word = 0;
    int64_t now = 5000;
    for (int i = 0; i < 10; i++)
        assert_int_equal(pace_take(&ten_a_second, &word, 1, now), 0);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(pace_take(&ten_a_second, &word, 1, now), 100);
        assert_int_equal(pace_take(&ten_a_second, &word, 1, now + 99), 1);
        now += 100;
        assert_int_equal(pace_take(&ten_a_second, &word, 1, now), 0);
    }
    now += 1000000; /* it never holds more than a period's */
    for (int i = 0; i < 10; i++)
        assert_int_equal(pace_take(&ten_a_second, &word, 1, now), 0);
    assert_int_equal(pace_take(&ten_a_second, &word, 1, now), 100);
}

static void what_costs_more_waits_longer(void **state)
{
    (void)state;
    pace_word word = 0;
    assert_int_equal(pace_take(&ten_a_second, &word, 7, 0), 0);
    assert_int_equal(pace_take(&ten_a_second, &word, 5, 0), 200);
    assert_int_equal(pace_take(&ten_a_second, &word, 3, 0), 0);
    /* more than the bucket ever holds is all of it */
    assert_int_equal(pace_take(&ten_a_second, &word, 1000, 0), 1000);
    assert_int_equal(pace_take(&ten_a_second, &word, 1000, 1000), 0);
}

static void a_wrong_guess_is_put_right(void **state)
{
    (void)state;
    pace_word word = 0;
    assert_int_equal(pace_take(&ten_a_second, &word, 10, 0), 0);
    pace_correct(&ten_a_second, &word, -4, 0);
    assert_int_equal(pace_take(&ten_a_second, &word, 4, 0), 0);
    pace_correct(&ten_a_second, &word, 3, 0);
    assert_int_equal(pace_take(&ten_a_second, &word, 1, 0), 400);
    pace_correct(&ten_a_second, &word, INT64_MAX, 0); /* the debt has an end */
    assert_int_equal(pace_take(&ten_a_second, &word, 10, 0), 2000);
    pace_correct(&ten_a_second, &word, -1000, 0); /* a bucket holds no more than all */
    for (int i = 0; i < 10; i++)
        assert_int_equal(pace_take(&ten_a_second, &word, 1, 0), 0);
    assert_int_equal(pace_take(&ten_a_second, &word, 1, 0), 100);
}

static void large_and_long_rates_are_exact_enough(void **state)
{
    (void)state;
    const struct pace many = {999999999, 60000}, rare = {1, INT64_C(366) * 86400000};
    pace_word word = 0;
    int64_t now = INT64_C(5000000000); /* a machine that is up for two months */
    for (int i = 0; i < 1000; i++)
        assert_int_equal(pace_take(&many, &word, 999999, now), 0);
    assert_in_range(pace_take(&many, &word, 1000000, now), 59, 61);
    word = 0;
    assert_int_equal(pace_take(&rare, &word, 1, now), 0);
    assert_int_equal(pace_take(&rare, &word, 1, now), rare.window);
}

static void no_limit_costs_nothing(void **state)
{
    (void)state;
    const struct pace none = {0};
    pace_word word = 0;
    assert_int_equal(pace_take(&none, &word, 1000, 0), 0);
    pace_correct(&none, &word, 1000, 0);
    assert_int_equal(word, 0);
}

static void each_key_has_words_of_its_own(void **state)
{
    (void)state;
    static char keys[1100];
    struct paces *paces = paces_new();
    pace_word *first = paces_of(paces, &keys[0]);
    assert_non_null(first);
    for (int i = 1; i < 1024; i++)
        assert_true(paces_of(paces, &keys[i]) != first);
    assert_null(paces_of(paces, &keys[1024]));
    assert_ptr_equal(paces_of(paces, &keys[0]), first);
    assert_null(paces_of(NULL, &keys[0]));
    paces_free(&paces);
    paces_free(&paces); /* harmless */
}

/* Together processes get what the rate allows, and not one more. */
static void processes_share_a_word(void **state)
{
    (void)state;
    enum { CHILDREN = 4, TRIES = 5000 };
    const struct pace pace = {10000, 1000};
    struct paces *paces = paces_new();
    pid_t children[CHILDREN];
    int results[2], taken = 0;
    assert_int_equal(pipe(results), 0);
    for (int i = 0; i < CHILDREN; i++)
        if ((children[i] = fork()) == 0) {
            int mine = 0;
            pace_word *word = paces_of(paces, &pace);
            for (int k = 0; k < TRIES; k++)
                mine += pace_take(&pace, word, 1, 0) == 0;
            _exit(write(results[1], &mine, sizeof mine) != sizeof mine);
        }
    for (int i = 0, mine; i < CHILDREN; i++, taken += mine)
        assert_int_equal(read(results[0], &mine, sizeof mine), sizeof mine);
    for (int i = 0; i < CHILDREN; i++)
        waitpid(children[i], NULL, 0);
    assert_int_equal(taken, pace.count);
    close(results[0]);
    close(results[1]);
    paces_free(&paces);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_bucket_gives_all_at_once_then_evenly),
        cmocka_unit_test(what_costs_more_waits_longer),
        cmocka_unit_test(a_wrong_guess_is_put_right),
        cmocka_unit_test(large_and_long_rates_are_exact_enough),
        cmocka_unit_test(no_limit_costs_nothing),
        cmocka_unit_test(each_key_has_words_of_its_own),
        cmocka_unit_test(processes_share_a_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
