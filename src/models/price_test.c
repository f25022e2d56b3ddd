#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "models/price.h"

static const struct priced_name names[] = {
    {"gpt-4o", {.input = 1}},
    {"gpt-*-mini*", {.input = 2}},
    {"*o*1", {.input = 3}},
    {"*", {.input = 4}},
};

static const struct price_list list = {names, sizeof names / sizeof names[0]};

static int64_t found(const struct price_list *prices, const char *name)
{
    const struct price *price = price_find(prices, name);
    return price ? price->input : 0;
}

static void test_the_first_that_fits_counts(void **state)
{
    const struct price_list no_star = {names, 3};
    (void)state;
    assert_int_equal(found(&list, "gpt-4o"), 1);
    assert_int_equal(found(&list, "gpt-4o-mini-2024"), 2);
    assert_int_equal(found(&list, "gpt--mini"), 2);
    assert_int_equal(found(&list, "x-oo-11"), 3);
    assert_int_equal(found(&list, ""), 4);
    assert_int_equal(found(&no_star, "gpt-4o "), 0);
    assert_int_equal(found(&no_star, "o12"), 0);
    assert_int_equal(found(NULL, "gpt-4o"), 0);
    assert_int_equal(found(&list, NULL), 0);
}

static int64_t cost(const char *usage)
{
    static const struct price price = {
        .input = 1000, .output = 100, .cached_input = 10, .cache_write = 1};
    json_t *read = json_loads(usage, 0, NULL);
    int64_t sum = price_of(&price, read);
    json_decref(read);
    return sum;
}

static void test_each_token_has_one_price(void **state)
{
    (void)state;
    assert_int_equal(cost("{\"input_tokens\": 5, \"output_tokens\": 3}"), 5300);
    assert_int_equal(cost("{\"input_tokens\": 9, \"output_tokens\": 0, \"input_token_details\":"
                          " {\"cache_read\": 4, \"cache_creation\": 3}}"),
                     2043);
}

/* Providers may say anything. */
static void test_nonsense_costs_no_more_than_its_tokens(void **state)
{
    (void)state;
    assert_int_equal(cost("{\"input_tokens\": -5, \"output_tokens\": -1}"), 0);
    assert_int_equal(cost("{\"input_tokens\": 3, \"input_token_details\": {\"cache_read\": 7, "
                          "\"cache_creation\": 7}}"),
                     30);
    assert_int_equal(cost("{\"output_tokens\": \"many\"}"), 0);
    assert_int_equal(cost("{\"output_tokens\": 9223372036854775807, \"input_tokens\": "
                          "9223372036854775807}"),
                     INT64_MAX);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_first_that_fits_counts),
        cmocka_unit_test(test_each_token_has_one_price),
        cmocka_unit_test(test_nonsense_costs_no_more_than_its_tokens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
