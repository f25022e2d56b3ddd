#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "schema/validator.h"

static struct validator *compiled(const char *text, const struct validator_options *options)
{
    struct validator *validator = NULL;
    char why[256];
    json_t *json = json_loads(text, JSON_DECODE_ANY, NULL);
    assert_non_null(json);
    enum ls_err err = validator_compile(&validator, json, options, why);
    json_decref(json); /* a copy was kept */
    assert_string_equal(why, "");
    assert_int_equal(err, LS_OK);
    return validator;
}

static enum ls_err checked(const struct validator *validator, const char *text)
{
    json_t *value = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    assert_non_null(value);
    enum ls_err err = validator_check(validator, value, NULL);
    json_decref(value);
    return err;
}

static bool fits(const char *schema, const char *value)
{
    struct validator *validator = compiled(schema, NULL);
    enum ls_err err = checked(validator, value);
    validator_free(&validator);
    assert_null(validator);
    return err == LS_OK;
}

static void references_are_resolved(void **state)
{
    (void)state;
    static const struct {
        const char *base, *ref, *want;
    } rows[] = {
        {"http://a/b/c/d;p?q", "g", "http://a/b/c/g"},
        {"http://a/b/c/d;p?q", "./g", "http://a/b/c/g"},
        {"http://a/b/c/d;p?q", "g/", "http://a/b/c/g/"},
        {"http://a/b/c/d;p?q", "/g", "http://a/g"},
        {"http://a/b/c/d;p?q", "//g", "http://g"},
        {"http://a/b/c/d;p?q", "?y", "http://a/b/c/d;p?y"},
        {"http://a/b/c/d;p?q", "g?y#s", "http://a/b/c/g?y"},
        {"http://a/b/c/d;p?q", "#s", "http://a/b/c/d;p?q"},
        {"http://a/b/c/d;p?q", "", "http://a/b/c/d;p?q"},
        {"http://a/b/c/d;p?q", ".", "http://a/b/c/"},
        {"http://a/b/c/d;p?q", "..", "http://a/b/"},
        {"http://a/b/c/d;p?q", "../..", "http://a/"},
        {"http://a/b/c/d;p?q", "../../../g", "http://a/g"},
        {"http://a/b/c/d;p?q", "/./g", "http://a/g"},
        {"http://a/b/c/d;p?q", "g.", "http://a/b/c/g."},
        {"http://a/b/c/d;p?q", "./../g", "http://a/b/g"},
        {"http://a/b/c/d;p?q", "urn:x:y", "urn:x:y"},
        {"http://a", "g", "http://a/g"},
        {"urn:uuid:1", "#/x", "urn:uuid:1"},
        {"", "node", "node"},
        {"node", "leaf", "leaf"},
    };
    struct arena *arena = arena_new(0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_string_equal(uri_resolve(arena, rows[i].base, rows[i].ref), rows[i].want);
    arena_free(&arena);
}

static void multiples_are_decimal(void **state)
{
    (void)state;
    assert_true(fits("{\"multipleOf\":0.01}", "19.99"));
    assert_true(fits("{\"multipleOf\":0.0001}", "0.0075"));
    assert_true(fits("{\"multipleOf\":1e-8}", "12391239123"));
    assert_true(fits("{\"multipleOf\":2.5}", "-10"));
    assert_true(fits("{\"multipleOf\":7}", "0.0"));
    assert_false(fits("{\"multipleOf\":0.01}", "19.995"));
    assert_false(fits("{\"multipleOf\":0.123456789}", "1e308"));
    assert_false(fits("{\"multipleOf\":10}", "9223372036854775807"));
}

static void numbers_compare_exactly(void **state)
{
    (void)state;
    assert_true(fits("{\"const\":1}", "1.0"));
    assert_false(fits("{\"const\":9007199254740993}", "9007199254740992.0"));
    assert_false(fits("{\"maximum\":9007199254740992.0}", "9007199254740993"));
    assert_false(fits("{\"exclusiveMinimum\":9223372036854775807}", "9223372036854775807"));
    assert_true(fits("{\"minimum\":-1e300}", "-9223372036854775808"));
    assert_false(fits("{\"uniqueItems\":true}", "[{\"a\":1,\"b\":2},{\"b\":2.0,\"a\":1}]"));
    assert_true(fits("{\"uniqueItems\":true}", "[1,true,\"1\",[1],0,false,null,\"\"]"));
}

static void text_may_hold_a_nul(void **state)
{
    (void)state;
    assert_true(fits("{\"maxLength\":3,\"pattern\":\"b$\"}", "\"a\\u0000b\""));
    assert_false(fits("{\"const\":\"a\"}", "\"a\\u0000b\""));
}

static void schemas_may_be_shared(void **state)
{
    (void)state;
    json_t *text = json_pack("{s:s}", "type", "string"), *value = json_pack("{s:i}", "a", 1);
    json_t *schema = json_pack("{s:{s:O,s:O},s:[O,O]}", "properties", "a", text, "b", text,
                               "prefixItems", text, text);
    struct validator *validator = NULL;
    char why[256];
    json_t *errors;
    assert_int_equal(validator_compile(&validator, schema, NULL, why), LS_OK);
    assert_int_equal(validator_check(validator, value, &errors), LS_BAD_INPUT);
    assert_string_equal(json_string_value(
                            json_object_get(json_array_get(errors, 0), "schemaLocation")),
                        "#/properties/a/type");
    json_decref(errors);
    json_decref(value);
    json_decref(schema);
    json_decref(text);
    validator_free(&validator);
}

static void steps_are_limited(void **state)
{
    (void)state;
    const struct validator_options few = {.max_steps = 50};
    struct validator *validator = compiled("{\"items\":{\"type\":\"integer\"}}", &few);
    assert_int_equal(checked(validator, "[1,2,3]"), LS_OK);
    json_t *value = json_array();
    for (int i = 0; i < 100; i++)
        json_array_append_new(value, json_integer(i));
    assert_int_equal(validator_check(validator, value, NULL), LS_TOO_BIG);
    json_decref(value);
    validator_free(&validator);
}

static void deep_schemas_are_refused(void **state)
{
    (void)state;
    json_t *json = json_object();
    for (int i = 0; i < 600; i++)
        json = json_pack("{s:o}", "items", json);
    struct validator *validator = NULL;
    char why[256];
    assert_int_equal(validator_compile(&validator, json, NULL, why), LS_BAD_CONFIG);
    assert_non_null(strstr(why, "nested too deeply"));
    assert_null(validator);
    json_decref(json);
}

static void deep_values_end(void **state)
{
    (void)state;
    struct validator *validator = compiled("{\"items\":{\"$ref\":\"#\"}}", NULL);
    json_t *value = json_array();
    for (int i = 0; i < 500; i++)
        value = json_pack("[o]", value);
    assert_int_equal(validator_check(validator, value, NULL), LS_OK);
    for (int i = 0; i < 1500; i++)
        value = json_pack("[o]", value);
    assert_int_equal(validator_check(validator, value, NULL), LS_TOO_BIG);
    json_decref(value);
    validator_free(&validator);
}

static void formats_are_notes_unless_asserted(void **state)
{
    (void)state;
    const struct validator_options strict = {.assert_formats = true};
    assert_true(fits("{\"format\":\"date\"}", "\"x\""));
    struct validator *validator = compiled("{\"format\":\"date\"}", &strict);
    assert_int_equal(checked(validator, "\"x\""), LS_BAD_INPUT);
    assert_int_equal(checked(validator, "\"2024-02-29\""), LS_OK);
    assert_int_equal(checked(validator, "\"2024-02-29\\u0000\""), LS_BAD_INPUT);
    assert_int_equal(checked(validator, "5"), LS_OK);
    validator_free(&validator);
}

static void schemas_can_be_checked_themselves(void **state)
{
    (void)state;
    struct validator *validator =
        compiled("{\"$ref\":\"https://json-schema.org/draft/2020-12/schema\"}", NULL);
    assert_int_equal(checked(validator, "{\"properties\":{\"a\":{\"type\":\"string\"}}}"), LS_OK);
    assert_int_equal(checked(validator, "{\"properties\":{\"a\":{\"type\":\"text\"}}}"),
                     LS_BAD_INPUT);
    assert_int_equal(checked(validator, "{\"items\":{\"minLength\":-1}}"), LS_BAD_INPUT);
    validator_free(&validator);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(references_are_resolved),
        cmocka_unit_test(multiples_are_decimal),
        cmocka_unit_test(numbers_compare_exactly),
        cmocka_unit_test(text_may_hold_a_nul),
        cmocka_unit_test(schemas_may_be_shared),
        cmocka_unit_test(steps_are_limited),
        cmocka_unit_test(deep_schemas_are_refused),
        cmocka_unit_test(deep_values_end),
        cmocka_unit_test(formats_are_notes_unless_asserted),
        cmocka_unit_test(schemas_can_be_checked_themselves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
