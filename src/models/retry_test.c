#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "models/retry.h"

static void test_which_answers_may_change(void **state)
{
    (void)state;
    static const struct {
        int status;
        bool may;
    } rows[] = {{200, false}, {400, false}, {404, false}, {408, false}, {429, true},
                {499, false}, {500, true},  {503, true},  {599, true},  {600, false}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(retry_status(rows[i].status), rows[i].may);
}

static void test_what_is_asked(void **state)
{
    (void)state;
    static const int64_t now = 1445412480LL * 1000000; /* Wed, 21 Oct 2015 07:28:00 GMT */
    static const struct {
        const char *after_ms, *after;
        int64_t ms;
    } rows[] = {
        {NULL, NULL, -1},
        {"250", NULL, 250},
        {"250", "3", 250},
        {"1.2", NULL, 2},
        {NULL, "3", 3000},
        {NULL, "0.5", 500},
        {NULL, "0", 0},
        {NULL, "-1", -1},
        {"x", "2", 2000},
        {NULL, "2 s", -1},
        {NULL, "", -1},
        {NULL, "soon", -1},
        {NULL, "1e999", -1},
        {NULL, "inf", -1},
        {NULL, "Wed, 21 Oct 2015 07:28:05 GMT", 5000},
        {NULL, "Wed, 21 Oct 2015 07:27:00 GMT", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(retry_asked(rows[i].after_ms, rows[i].after, now), rows[i].ms);
}

static void test_how_long_to_wait(void **state)
{
    (void)state;
    static const struct {
        unsigned attempt;
        int64_t asked, least, most;
    } rows[] = {
        {1, -1, 375, 500},      {2, -1, 750, 1000}, {3, -1, 1500, 2000},      {5, -1, 6000, 8000},
        {1000, -1, 6000, 8000}, {1, 0, 0, 0},       {4, 60000, 60000, 60000}, {1, 60001, 375, 500},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (int again = 0; again < 100; again++) {
            int64_t ms = retry_wait(rows[i].attempt, rows[i].asked);
            assert_in_range(ms, rows[i].least, rows[i].most);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_which_answers_may_change),
        cmocka_unit_test(test_what_is_asked),
        cmocka_unit_test(test_how_long_to_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
