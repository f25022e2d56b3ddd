#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "schema/schema.h"

/* Compiles JSON text; the sentence of the refusal, or "". */
static const char *refused(const char *text)
{
    static char why[256];
    struct schema *schema = NULL;
    json_t *json = json_loads(text, JSON_DECODE_ANY, NULL);
    assert_non_null(json);
    enum ls_err err = schema_compile(&schema, json, why);
    assert_int_equal(err, *why ? LS_BAD_CONFIG : LS_OK);
    assert_int_equal(schema == NULL, err != LS_OK);
    if (schema)
        assert_ptr_equal(schema_json(schema), json);
    schema_free(&schema);
    json_decref(json);
    return why;
}

static void what_pydantic_writes_is_understood(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{}",
        "true",
        "{\"title\":\"X\"}",
        "{\"type\":\"string\",\"format\":\"uuid\",\"minLength\":1,\"maxLength\":2}",
        "{\"type\":[\"string\",\"null\"],\"maxLength\":4}",
        "{\"const\":\"a\",\"default\":\"a\",\"type\":\"string\"}",
        "{\"enum\":[1,null,\"a\"]}",
        "{\"type\":\"string\",\"pattern\":\"^a\",\"trim\":true,\"format\":\"date\"}",
        "{\"items\":{},\"type\":\"array\",\"uniqueItems\":true}",
        "{\"prefixItems\":[{},true],\"items\":false}",
        "{\"additionalProperties\":{},\"propertyNames\":{\"enum\":[\"a\"]},\"minProperties\":1}",
        "{\"patternProperties\":{\"^a\":{\"type\":\"integer\"}},\"type\":\"object\"}",
        "{\"patternProperties\":{\"^a\":{}},\"propertyNames\":{\"minLength\":2}}",
        "{\"propertyNames\":{\"format\":\"uuid\"},\"type\":\"object\"}",
        "{\"properties\":{},\"title\":\"Config\",\"type\":\"object\"}",
        "{\"items\":{},\"widget\":{\"type\":\"chat\"}}",
        "{\"allOf\":[{\"type\":\"integer\"}],\"description\":\"d\"}",
        "{\"$defs\":{\"N\":{\"properties\":{\"n\":{\"anyOf\":[{\"$ref\":\"#/$defs/N\"},"
        "{\"type\":\"null\"}]}},\"type\":\"object\"}},\"$ref\":\"#/$defs/N\"}",
        "{\"anyOf\":[{\"type\":\"string\"},{\"items\":{\"$ref\":\"#\"},\"type\":\"array\"}]}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_string_equal(refused(texts[i]), "");
}

static void what_is_not_understood_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *text, *why;
    } rows[] = {
        {"5", "#: this is no schema"},
        {"{\"properties\":{\"a\":{\"type\":\"string\",\"pattern\":\"(\"}}}",
         "#/properties/a/pattern: pattern: missing closing parenthesis, at byte 1"},
        {"{\"type\":\"string\",\"pattern\":5}", "#/pattern: pattern is a string"},
        {"{\"type\":\"string\",\"trim\":1}", "#/trim: trim is true or false"},
        {"{\"items\":{},\"uniqueItems\":1}", "#/uniqueItems: uniqueItems is true or false"},
        {"{\"prefixItems\":[]}", "#/prefixItems: prefixItems is a list of schemas"},
        {"{\"prefixItems\":[{}],\"uniqueItems\":true}",
         "#/uniqueItems: uniqueItems is not understood beside prefixItems"},
        {"{\"properties\":{},\"minProperties\":1}",
         "#/minProperties: minProperties is not understood beside declared members"},
        {"{\"patternProperties\":{\"a\":{},\"b\":{}}}",
         "#/patternProperties: patternProperties is understood with one pattern, and alone"},
        {"{\"items\":{\"not\":{}}}", "#/items/not: 'not' is not understood"},
        {"{\"$defs\":{\"A\":{\"type\":\"text\"}}}", "#/$defs/A/type: 'text' is no type"},
        {"{\"anyOf\":[{},{\"contains\":true}]}",
         "#/anyOf/1/contains: 'contains' is not understood"},
        {"{\"minLength\":3}", "#/minLength: 'minLength' needs a type beside it"},
        {"{\"type\":\"string\",\"minlength\":3}",
         "#/minlength: unknown keyword 'minlength', did you mean 'minLength'?"},
        {"{\"type\":\"string\",\"minLength\":-1}", "#/minLength: minLength is no length"},
        {"{\"type\":\"number\",\"minimum\":\"0\"}", "#/minimum: minimum is no number"},
        {"{\"type\":\"integer\",\"multipleOf\":0}", "#/multipleOf: multipleOf is not above 0"},
        {"{\"type\":\"strng\"}", "#/type: 'strng' is no type, did you mean 'string'?"},
        {"{\"properties\":{\"a/~\":{\"type\":\"x y\"}}}",
         "#/properties/a~1~0/type: 'x y' is no type"},
        {"{\"type\":5}", "#/type: type is neither a name nor a list of names"},
        {"{\"enum\":[]}", "#/enum: enum is a list of values"},
        {"{\"anyOf\":[]}", "#: a union is a list of schemas"},
        {"{\"type\":\"object\",\"anyOf\":[{}]}",
         "#/type: 'type' is not understood beside anyOf, oneOf, allOf or $ref"},
        {"{\"anyOf\":[{}],\"oneOf\":[{}]}", "#/oneOf: oneOf is not understood beside anyOf"},
        {"{\"allOf\":[{},{}]}", "#/allOf: allOf is understood with one member only"},
        {"{\"$ref\":\"#/$defs/A\"}", "#/$ref: $ref names no definition of this schema"},
        {"{\"properties\":5}", "#/properties: properties is an object"},
        {"{\"required\":\"a\"}", "#/required: required is a list of names"},
        {"{\"required\":[5]}", "#/required: required is a list of names"},
        {"{\"$defs\":[]}", "#/$defs: definitions are an object of schemas"},
        {"{\"discriminator\":{\"propertyName\":\"k\"},\"oneOf\":[{\"type\":\"object\"}]}",
         "#/oneOf/0: this has no constant 'k'"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_string_equal(refused(rows[i].text), rows[i].why);
}

static void add_fault(void *owner, const char *pointer, const char *text)
{
    char *all = owner;
    size_t len = strlen(all);
    snprintf(all + len, 1000 - len, "%s %s\n", pointer, text);
}

static void every_fault_is_told(void **state)
{
    (void)state;
    char told[1000] = "";
    json_t *json =
        json_loads("{\"$defs\":{\"A\":{\"type\":\"number\",\"minimum\":\"x\",\"maximum\":[]}},"
                   "\"type\":\"object\",\"propertis\":{},\"required\":\"a\",\"properties\":{"
                   "\"a\":{\"type\":3},\"b\":{\"items\":{\"type\":\"strin\"},\"minItems\":-1},"
                   "\"c\":{\"anyOf\":[5,{\"not\":{}}]}}}",
                   0, NULL);
    assert_false(schema_is_sound(json, add_fault, told));
    assert_string_equal(told, "/$defs/A/maximum maximum is no number\n"
                              "/$defs/A/minimum minimum is no number\n"
                              "/propertis unknown keyword 'propertis', did you mean 'properties'?\n"
                              "/required required is a list of names\n"
                              "/properties/a/type type is neither a name nor a list of names\n"
                              "/properties/b/minItems minItems is no length\n"
                              "/properties/b/items/type 'strin' is no type, did you mean "
                              "'string'?\n"
                              "/properties/c/anyOf/0 this is no schema\n"
                              "/properties/c/anyOf/1/not 'not' is not understood\n");
    json_decref(json);
}

static void circles_without_a_step_are_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{\"$ref\":\"#\"}",
        "{\"anyOf\":[{\"type\":\"string\"},{\"$ref\":\"#\"}]}",
        "{\"$defs\":{\"A\":{\"$ref\":\"#/$defs/B\"},\"B\":{\"$ref\":\"#/$defs/A\"}}}",
        "{\"$defs\":{\"A\":{\"anyOf\":[{\"$ref\":\"#/$defs/A\"},{\"type\":\"null\"}]}}}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_non_null(strstr(refused(texts[i]), "this refers to itself"));
}

static void long_places_are_cut(void **state)
{
    (void)state;
    char key[400], text[1200];
    memset(key, 'k', sizeof key - 1);
    key[sizeof key - 1] = '\0';
    snprintf(text, sizeof text, "{\"properties\":{\"%s\":{\"properties\":{\"%s\":5}}}}", key, key);
    assert_in_range(strlen(refused(text)), 1, 255);
}

static void deep_schemas_are_refused(void **state)
{
    (void)state;
    json_t *json = json_object();
    for (int i = 0; i < 400; i++)
        json = json_pack("{s:o}", "items", json);
    struct schema *schema = NULL;
    char why[256];
    assert_int_equal(schema_compile(&schema, json, why), LS_BAD_CONFIG);
    assert_non_null(strstr(why, "nested too deeply"));
    json_decref(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_pydantic_writes_is_understood),
        cmocka_unit_test(what_is_not_understood_is_named),
        cmocka_unit_test(every_fault_is_told),
        cmocka_unit_test(circles_without_a_step_are_refused),
        cmocka_unit_test(long_places_are_cut),
        cmocka_unit_test(deep_schemas_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
