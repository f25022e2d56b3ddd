#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/money.h"

static void assert_text(int64_t amount, const char *expected)
{
    char text[MONEY_SIZE];
    money_print(text, amount);
    assert_string_equal(text, expected);
}

static void test_amounts_are_decimal(void **state)
{
    (void)state;
    assert_text(0, "0");
    assert_text(1, "0.000000000001");
    assert_text(43500000, "0.0000435");
    assert_text(12 * money_one, "12");
    assert_text(100 * money_one + money_one / 2, "100.5");
    assert_text(INT64_MAX, "9223372.036854775807");
}

static void test_sums_are_exact(void **state)
{
    int64_t sum = 0;
    (void)state;
    for (int i = 0; i < 1000000; i++)
        sum = money_add(sum, money_times(150000, 7)); /* 0.15 a million */
    assert_text(sum, "1.05");
    assert_true(money_real(sum) == 1.05);
}

static void test_too_much_is_the_most(void **state)
{
    (void)state;
    assert_int_equal(money_times(money_one, INT64_MAX), INT64_MAX);
    assert_int_equal(money_add(INT64_MAX, 1), INT64_MAX);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_amounts_are_decimal),
        cmocka_unit_test(test_sums_are_exact),
        cmocka_unit_test(test_too_much_is_the_most),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
