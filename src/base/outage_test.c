#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/outage.h"

static void each_change_is_told_once(void **state)
{
    struct outage outage = {0};
    (void)state;
    assert_false(outage_ends(&outage));
    assert_true(outage_begins(&outage));
    assert_false(outage_begins(&outage));
    assert_true(outage_ends(&outage));
    assert_false(outage_ends(&outage));
}

static void what_comes_and_goes_is_told_of_once_a_while(void **state)
{
    struct outage outage = {0};
    (void)state;
    assert_true(outage_begins(&outage));
    assert_true(outage_ends(&outage));
    assert_false(outage_begins(&outage)); /* within the same second */
    assert_false(outage_ends(&outage));
    outage.quiet_until = 0; /* which is over now */
    assert_true(outage_begins(&outage));
    assert_true(outage_ends(&outage));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_change_is_told_once),
        cmocka_unit_test(what_comes_and_goes_is_told_of_once_a_while),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
