/* The pool is off where memory is checked, so this tests that values live and die with it on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/json_pool.h"

static void values_made_before_and_after_mix(void **state)
{
    (void)state;
    json_t *before = json_pack("{s:[i,s,f],s:n}", "list", 1, "two", 3.0, "nothing");
    json_pool_use();
    for (int round = 0; round < 3; round++) {
        json_t *list = json_array();
        for (int i = 0; i < 5000; i++) /* more than a shelf holds */
            json_array_append_new(list, json_sprintf("%0*d", i % 200, i));
        json_array_append(list, before);
        assert_int_equal(json_array_size(list), 5001);
        assert_string_equal(json_string_value(json_array_get(list, 4199)) + 195, "4199");
        json_t *copy = json_deep_copy(list);
        assert_true(json_equal(copy, list));
        json_decref(list);
        json_decref(copy);
    }
    json_decref(before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(values_made_before_and_after_mix)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
