#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "schema/schema.h"

static bool is_short(const struct schema_check *check, const json_t *value, struct buf *why)
{
    size_t most = *(const size_t *)check->owner;
    buf_printf(why, "longer than %zu", most);
    return json_string_length(value) <= most;
}

static bool is_even(const struct schema_check *check, const json_t *value, struct buf *why)
{
    (void)check;
    buf_add_str(why, "odd");
    return json_integer_value(json_object_get(value, "n")) % 2 == 0;
}

/* Decodes the JSON `value`; the answer as text, free() it. */
static char *answer(const struct schema_check *checks, const char *value)
{
    struct schema *schema = NULL;
    char why[256];
    json_t *json = json_loads("{\"properties\":{\"n\":{\"type\":\"integer\"},\"t\":{\"type\":"
                              "\"string\",\"trim\":true}},\"required\":[\"n\"]}",
                              0, NULL);
    json_t *given = json_loads(value, 0, NULL), *out = NULL, *errors = NULL;
    assert_int_equal(schema_compile(&schema, json, why), LS_OK);
    enum ls_err err = schema_decode_checked(schema, checks, given, &out, &errors);
    assert_int_equal(err == LS_OK, out != NULL);
    assert_int_equal(err == LS_OK, errors == NULL);
    char *text = json_dumps(err ? errors : out, JSON_COMPACT);
    json_decref(out);
    json_decref(errors);
    json_decref(given);
    json_decref(json);
    schema_free(&schema);
    return text;
}

static void expect(const struct schema_check *checks, const char *value, const char *want)
{
    char *text = answer(checks, value);
    assert_string_equal(text, want);
    free(text);
}

#define URL "\"url\":\"https://errors.pydantic.dev/2.14/v/value_error\"}"

static void checks_see_what_was_decoded(void **state)
{
    (void)state;
    size_t most = 3;
    const struct schema_check even = {is_even, NULL, NULL, NULL};
    const struct schema_check both = {is_short, &most, "t", &even};
    expect(NULL, "{\"n\":1}", "{\"n\":1}");
    expect(&both, "{\"n\":\"2\",\"t\":\" abc \"}", "{\"n\":2,\"t\":\"abc\"}");
    expect(&both, "{\"n\":2}", "{\"n\":2}");
    expect(&both, "{\"n\":2,\"t\":\" abcd\"}",
           "[{\"type\":\"value_error\",\"loc\":[\"t\"],\"msg\":\"Value error, longer than 3\","
           "\"input\":\" abcd\",\"ctx\":{\"error\":{}}," URL "]");
}

static void all_checks_run(void **state)
{
    (void)state;
    size_t most = 0;
    const struct schema_check even = {is_even, NULL, NULL, NULL};
    const struct schema_check both = {is_short, &most, "t", &even};
    char *text = answer(&both, "{\"n\":1,\"t\":\"x\"}");
    assert_non_null(strstr(text, "\"loc\":[\"t\"]"));
    assert_non_null(strstr(text, "\"loc\":[],\"msg\":\"Value error, odd\",\"input\":{\"n\":1,"));
    free(text);
}

static void what_is_not_decoded_is_not_checked(void **state)
{
    (void)state;
    const struct schema_check even = {is_even, NULL, NULL, NULL};
    char *text = answer(&even, "{\"n\":\"x\"}");
    assert_non_null(strstr(text, "int_parsing"));
    assert_null(strstr(text, "value_error"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(checks_see_what_was_decoded),
        cmocka_unit_test(all_checks_run),
        cmocka_unit_test(what_is_not_decoded_is_not_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
