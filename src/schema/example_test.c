#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "schema/example.h"
#include "schema/schema.h"

/* Schemas as chains have them, and the example of each, which must fit. */
static const struct {
    const char *schema, *example;
} rows[] = {
    {"{}", "\"text\""},
    {"{\"type\":\"string\",\"minLength\":6}", "\"text..\""},
    {"{\"type\":\"string\",\"maxLength\":2}", "\"te\""},
    {"{\"type\":[\"integer\",\"null\"]}", "1"},
    {"{\"type\":\"number\",\"minimum\":2.5}", "2.5"},
    {"{\"type\":\"boolean\"}", "true"},
    {"{\"type\":\"null\"}", "null"},
    {"{\"enum\":[3,4]}", "3"},
    {"{\"const\":\"a\"}", "\"a\""},
    {"{\"type\":\"string\",\"examples\":[\"Hi\"],\"default\":\"x\"}", "\"Hi\""},
    {"{\"type\":\"string\",\"default\":\"x\"}", "\"x\""},
    {"{\"type\":\"array\",\"items\":{\"type\":\"integer\"}}", "[]"},
    {"{\"items\":{\"type\":\"integer\"},\"minItems\":2}", "[1,1]"},
    {"{\"type\":\"object\",\"properties\":{\"word\":{\"type\":\"string\"},\"more\":{}},"
     "\"required\":[\"word\"]}",
     "{\"word\":\"word\"}"},
    {"{\"required\":[\"any\"]}", "{\"any\":\"any\"}"},
    {"{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"integer\"}]}", "\"text\""},
    {"{\"allOf\":[{\"type\":\"integer\"}]}", "1"},
    {"{\"$defs\":{\"A\":{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\"}},"
     "\"required\":[\"n\"]}},\"type\":\"array\",\"minItems\":1,\"items\":{\"$ref\":\"#/$defs/A\"}}",
     "[{\"n\":1}]"},
};

static void examples_fit(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char why[256];
        struct schema *compiled = NULL;
        json_auto_t *schema = json_loads(rows[i].schema, 0, NULL), *decoded = NULL, *errors = NULL;
        json_auto_t *expected = json_loads(rows[i].example, JSON_DECODE_ANY, NULL);
        json_auto_t *example = schema_example(schema);
        assert_non_null(expected);
        if (!json_equal(example, expected))
            fail_msg("%s", rows[i].schema);
        assert_int_equal(schema_compile(&compiled, schema, why), LS_OK);
        assert_int_equal(schema_decode(compiled, example, &decoded, &errors), LS_OK);
        schema_free(&compiled);
    }
}

/* A schema that needs itself has no finite example; making one ends nevertheless. */
static void a_schema_in_itself_ends(void **state)
{
    (void)state;
    json_auto_t *schema = json_loads("{\"type\":\"object\",\"properties\":{\"a\":{\"$ref\":\"#\"},"
                                     "\"b\":{\"$ref\":\"#\"}},\"required\":[\"a\",\"b\"]}",
                                     0, NULL);
    json_auto_t *example = schema_example(schema);
    assert_true(json_is_object(example));
    json_auto_t *circle = json_loads("{\"$ref\":\"#\"}", 0, NULL), *none = schema_example(circle);
    assert_true(json_is_null(none));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples_fit),
        cmocka_unit_test(a_schema_in_itself_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
