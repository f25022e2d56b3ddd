#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/schema.h"

struct row {
    const char *schema, *value, *want; /* what it becomes, or "type loc" of each error */
};

static struct schema *compiled(const char *text)
{
    struct schema *schema = NULL;
    char why[256];
    json_t *json = json_loads(text, 0, NULL);
    assert_non_null(json);
    assert_int_equal(schema_compile(&schema, json, why), LS_OK);
    json_decref(json);
    return schema;
}

/* The errors' types and places, one behind the other. */
static char *outline(json_t *errors)
{
    size_t i;
    json_t *error, *lines = json_array();
    json_array_foreach(errors, i, error) {
        char *loc = json_dumps(json_object_get(error, "loc"), JSON_COMPACT);
        json_array_append_new(
            lines, json_sprintf("%s %s", json_string_value(json_object_get(error, "type")), loc));
        free(loc);
    }
    char text[2048] = "";
    json_array_foreach(lines, i, error)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s", i ? "; " : "",
                 json_string_value(error));
    json_decref(lines);
    return strdup(text);
}

static void check(const struct row *row)
{
    struct schema *schema = compiled(row->schema);
    json_t *value = json_loads(row->value, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL), *out, *errors;
    json_t *before = json_deep_copy(value);
    assert_non_null(value);
    enum ls_err err = schema_decode(schema, value, &out, &errors);
    char *text = err ? outline(errors) : json_dumps(out, JSON_COMPACT | JSON_ENCODE_ANY);
    assert_string_equal(text, row->want);
    assert_true(json_equal(value, before));
    if (!err && json_equal(value, out) && !json_is_object(out))
        assert_ptr_equal(value, out);
    free(text);
    json_decref(out);
    json_decref(errors);
    json_decref(before);
    json_decref(value);
    schema_free(&schema);
}

static void check_all(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        check(&rows[i]);
}

#define INT "{\"type\":\"integer\"}"
#define NUMBER "{\"type\":\"number\"}"
#define BOOL "{\"type\":\"boolean\"}"
#define TEXT "{\"type\":\"string\"}"
#define MODEL                                                                        \
    "{\"properties\":{\"a\":" INT ",\"b\":{\"default\":\"x\",\"type\":\"string\"}}," \
    "\"required\":[\"a\"],\"title\":\"M\",\"type\":\"object\"}"

#define PETS                                                                                    \
    "{\"discriminator\":{\"propertyName\":\"k\"},\"oneOf\":[{\"properties\":{\"k\":{\"const\":" \
    "\"cat\"},\"x\":" INT "},\"title\":\"Cat\"},{\"properties\":{\"k\":{\"enum\":[\"dog\","     \
    "\"wolf\"]}},\"title\":\"Dog\"}]}"

static void scalars_are_lax(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {INT, "41", "41"},
        {INT, "\" 41 \"", "41"},
        {INT, "\"1_000\"", "1000"},
        {INT, "41.0", "41"},
        {INT, "\"41.0\"", "41"},
        {INT, "true", "1"},
        {INT, "\"\\u00a07\"", "7"},
        {INT, "41.5", "int_from_float []"},
        {INT, "1e20", "int_parsing_size []"},
        {INT, "\"9223372036854775808\"", "int_parsing_size []"},
        {INT, "\"1__0\"", "int_parsing []"},
        {INT, "\"41\\u0000\"", "int_parsing []"},
        {INT, "null", "int_type []"},
        {NUMBER, "\"1.5\"", "1.5"},
        {NUMBER, "2", "2.0"},
        {NUMBER, "true", "1.0"},
        {NUMBER, "\"nan\"", "finite_number []"},
        {NUMBER, "\"1,5\"", "float_parsing []"},
        {NUMBER, "[]", "float_type []"},
        {BOOL, "\"yes\"", "true"},
        {BOOL, "\"F\"", "false"},
        {BOOL, "1.0", "true"},
        {BOOL, "2", "bool_parsing []"},
        {BOOL, "0.5", "bool_type []"},
        {TEXT, "1", "string_type []"},
        {"{\"type\":\"null\"}", "1", "none_required []"},
        {"{\"title\":\"X\"}", "{\"a\":[1]}", "{\"a\":[1]}"},
        {"{\"enum\":[\"a\",1]}", "true", "1"},
        {"{\"enum\":[\"a\",1]}", "\"1\"", "literal_error []"},
        {"{\"$defs\":{\"E\":{\"enum\":[\"a\"]}},\"$ref\":\"#/$defs/E\"}", "1", "enum []"},
    };
    check_all(rows, sizeof rows / sizeof *rows);
}

static void strings_are_trimmed_and_matched(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"{\"type\":\"string\",\"trim\":true}", "\" \\u3000x y\\n\"", "\"x y\""},
        {"{\"type\":\"string\",\"trim\":true,\"minLength\":1}", "\" \\n\"", "string_too_short []"},
        {"{\"type\":\"string\",\"trim\":true,\"maxLength\":2}", "\" ab \"", "\"ab\""},
        {"{\"type\":\"string\",\"pattern\":\"\\\\S\"}", "\" \"", "string_pattern_mismatch []"},
        {"{\"type\":\"string\",\"pattern\":\"^a$\",\"trim\":true}", "\" a\"", "\"a\""},
    };
    check_all(rows, sizeof rows / sizeof *rows);
}

static void an_evil_pattern_ends(void **state)
{
    (void)state;
    struct schema *schema = compiled("{\"type\":\"string\",\"pattern\":\"^(a+)+$\"}");
    char text[2000];
    memset(text, 'a', sizeof text);
    text[sizeof text - 2] = '!';
    text[sizeof text - 1] = '\0';
    json_t *value = json_string(text), *out, *errors;
    assert_int_equal(schema_decode(schema, value, &out, &errors), LS_BAD_INPUT);
    const char *msg = json_string_value(json_object_get(json_array_get(errors, 0), "msg"));
    assert_string_equal(msg, "String should match pattern '^(a+)+$' (the pattern took too long)");
    json_decref(errors);
    json_decref(value);
    schema_free(&schema);
}

static void arrays_may_be_sets_and_tuples(void **state)
{
    (void)state;
#define TUPLE "{\"prefixItems\":[" INT "," TEXT "],\"minItems\":2,\"maxItems\":2}"
#define OPEN "{\"prefixItems\":[" INT "],\"minItems\":1,\"items\":" TEXT "}"
#define SET "{\"items\":" INT ",\"uniqueItems\":true,\"maxItems\":2}"
    static const struct row rows[] = {
        {TUPLE, "[\"1\",\"a\"]", "[1,\"a\"]"},
        {TUPLE, "[1]", "missing [1]"},
        {TUPLE, "[1,\"a\",2]", "too_long []"},
        {TUPLE, "{}", "tuple_type []"},
        {OPEN, "[\"1\",\"a\",\"b\"]", "[1,\"a\",\"b\"]"},
        {OPEN, "[1,2]", "string_type [1]"},
        {OPEN, "[]", "missing [0]"},
        {SET, "[1,\"1\",2,1.0]", "[1,2]"},
        {SET, "[1,\"x\",2,3]", "too_long []"},
        {"{\"uniqueItems\":true,\"items\":{}}", "[1,true,\"1\",1.5]", "[1,\"1\",1.5]"},
        {"{\"uniqueItems\":true,\"items\":{}}", "[{}]", "set_item_not_hashable [0]"},
    };
    check_all(rows, sizeof rows / sizeof *rows);
}

static void keys_of_maps_are_decoded(void **state)
{
    (void)state;
#define KEYS "{\"propertyNames\":{\"type\":\"string\",\"trim\":true,\"maxLength\":2}}"
    static const struct row rows[] = {
        {KEYS, "{\" a \":1}", "{\"a\":1}"},
        {KEYS, "{\"abc\":1}", "string_too_long [\"abc\",\"[key]\"]"},
        {"{\"patternProperties\":{\"^a\":" INT "}}", "{\"ab\":\"1\"}", "{\"ab\":1}"},
        {"{\"patternProperties\":{\"^a\":" INT "}}", "{\"b\":1}",
         "string_pattern_mismatch [\"b\",\"[key]\"]"},
        {"{\"type\":\"object\",\"minProperties\":1}", "{}", "too_short []"},
    };
    check_all(rows, sizeof rows / sizeof *rows);
}

static void times_come_out_in_one_form(void **state)
{
    (void)state;
#define FORMAT(name) "{\"type\":\"string\",\"format\":\"" name "\"}"
    static const struct row rows[] = {
        {FORMAT("date-time"), "\"2024-02-29 12:30\"", "\"2024-02-29T12:30:00\""},
        {FORMAT("date-time"), "0", "\"1970-01-01T00:00:00Z\""},
        {FORMAT("date-time"), "-62167219200001", "datetime_parsing []"},
        {FORMAT("date-time"), "\"1.5e999\"", "datetime_from_date_parsing []"},
        {FORMAT("time"), "1e300", "time_parsing []"},
        {FORMAT("date-time"), "\"2024-02-30\"", "datetime_from_date_parsing []"},
        {FORMAT("date"), "\"2024-02-29T00:00\"", "\"2024-02-29\""},
        {FORMAT("date"), "86401", "date_from_datetime_inexact []"},
        {FORMAT("date"), "true", "date_type []"},
        {FORMAT("time"), "\"12:30:01.5+01:00\"", "\"12:30:01.500000+01:00\""},
        {FORMAT("time"), "86400", "time_parsing []"},
        {FORMAT("uuid"), "\"12345678123412341234123456789ABC\"",
         "\"12345678-1234-1234-1234-123456789abc\""},
        {FORMAT("uuid"), "\"1234\"", "uuid_parsing []"},
        {FORMAT("email"), "\"any text\"", "\"any text\""},
    };
    check_all(rows, sizeof rows / sizeof *rows);
}

static void limits_hold(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"{\"type\":\"string\",\"minLength\":2}", "\"\u00e9\"", "string_too_short []"},
        {"{\"type\":\"string\",\"maxLength\":1}", "\"\u00e9\"", "\"\u00e9\""},
        {"{\"type\":\"string\",\"maxLength\":1}", "\"ab\"", "string_too_long []"},
        {"{\"type\":\"integer\",\"minimum\":1}", "0", "greater_than_equal []"},
        {"{\"type\":\"integer\",\"maximum\":1}", "2", "less_than_equal []"},
        {"{\"type\":\"integer\",\"exclusiveMinimum\":1}", "1", "greater_than []"},
        {"{\"type\":\"integer\",\"exclusiveMaximum\":1}", "1", "less_than []"},
        {"{\"type\":\"integer\",\"multipleOf\":3}", "4", "multiple_of []"},
        {"{\"type\":\"number\",\"multipleOf\":0.1}", "0.3", "0.29999999999999999"},
        {"{\"items\":{},\"minItems\":1,\"type\":\"array\"}", "[]", "too_short []"},
        {"{\"items\":" INT ",\"maxItems\":1,\"type\":\"array\"}", "[\"x\",1]", "too_long []"},
    };
    check_all(rows, sizeof rows / sizeof *rows);
}

static void objects_are_filled_and_ordered(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {MODEL, "{\"a\":1,\"b\":\"c\"}", "{\"a\":1,\"b\":\"c\"}"},
        {MODEL, "{\"z\":0,\"b\":\"c\",\"a\":\"1\"}", "{\"a\":1,\"b\":\"c\"}"},
        {MODEL, "{\"a\":1}", "{\"a\":1,\"b\":\"x\"}"},
        {MODEL, "{\"b\":1}", "missing [\"a\"]; string_type [\"b\"]"},
        {MODEL, "5", "model_type []"},
        {"{\"type\":\"object\"}", "{\"a\":1}", "{\"a\":1}"},
        {"{\"type\":\"object\"}", "[]", "dict_type []"},
        {"{\"type\":\"object\",\"additionalProperties\":" INT "}", "{\"a\":\"1\",\"b\":\"x\"}",
         "int_parsing [\"b\"]"},
        {"{\"properties\":{},\"additionalProperties\":true}", "{\"a\":1}", "{\"a\":1}"},
        {"{\"properties\":{},\"additionalProperties\":" INT "}", "{\"a\":\"1\"}", "{\"a\":1}"},
        {"{\"additionalProperties\":false}", "{\"a\":1}", "extra_forbidden [\"a\"]"},
        {"{\"required\":[\"a\"]}", "{}", "missing [\"a\"]"},
        {"{\"items\":" INT "}", "[1,\"2\",\"x\",null]", "int_parsing [2]; int_type [3]"},
    };
    check_all(rows, sizeof rows / sizeof *rows);
}

static void unions_take_what_fits_best(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"{\"anyOf\":[" INT "," TEXT "]}", "\"1\"", "\"1\""},
        {"{\"anyOf\":[" TEXT "," INT "]}", "true", "1"},
        {"{\"anyOf\":[" INT "," NUMBER "]}", "1.0", "1.0"},
        {"{\"type\":[\"integer\",\"null\"]}", "null", "null"},
        {"{\"type\":[\"integer\",\"null\"]}", "\"x\"", "int_parsing []"},
        {"{\"anyOf\":[" INT "," TEXT "]}", "null", "int_type [\"int\"]; string_type [\"str\"]"},
        {"{\"$defs\":{\"J\":{\"anyOf\":[" INT ",{\"items\":{\"$ref\":\"#/$defs/J\"}}]}},"
         "\"$ref\":\"#/$defs/J\"}",
         "\"x\"", "int_parsing [\"int\"]; list_type [\"list[union[int,list[...]]]\"]"},
        {"{\"anyOf\":[" MODEL ",{\"type\":\"object\"}]}", "{\"q\":1}", "{\"q\":1}"},
        {"{\"anyOf\":[{\"items\":" INT "},{\"items\":{\"enum\":[\"a\",1]}}]}", "[\"x\"]",
         "int_parsing [\"list[int]\",0]; literal_error [\"list[literal['a',1]]\",0]"},
    };
    check_all(rows, sizeof rows / sizeof *rows);
}

static void tags_choose_the_member(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {PETS, "{\"k\":\"cat\",\"x\":\"1\"}", "{\"k\":\"cat\",\"x\":1}"},
        {PETS, "{\"k\":\"wolf\",\"x\":\"1\"}", "{\"k\":\"wolf\"}"},
        {PETS, "{\"k\":\"cat\",\"x\":\"q\"}", "int_parsing [\"cat\",\"x\"]"},
        {PETS, "{\"k\":\"cow\"}", "union_tag_invalid []"},
        {PETS, "{\"k\":{\"a\":[1,null]}}", "union_tag_invalid []"},
        {PETS, "{}", "union_tag_not_found []"},
        {PETS, "5", "model_attributes_type []"},
    };
    check_all(rows, sizeof rows / sizeof *rows);
}

/* Members that refer to each other: without a memory the work would double at each level. */
static void nested_unions_do_not_multiply(void **state)
{
    (void)state;
    struct schema *schema = compiled(
        "{\"$defs\":{\"A\":{\"properties\":{\"n\":{\"$ref\":\"#/$defs/U\"}},\"title\":\"A\"},"
        "\"B\":{\"properties\":{\"n\":{\"$ref\":\"#/$defs/U\"}},\"title\":\"B\"},"
        "\"U\":{\"anyOf\":[{\"$ref\":\"#/$defs/A\"},{\"$ref\":\"#/$defs/B\"}]}},"
        "\"$ref\":\"#/$defs/U\"}");
    for (int good = 0; good < 2; good++) {
        json_t *value = good ? json_object() : json_integer(5), *out, *errors;
        for (int i = 0; i < 400; i++)
            value = json_pack("{s:o}", "n", value);
        assert_int_equal(schema_decode(schema, value, &out, &errors), good ? LS_OK : LS_BAD_INPUT);
        if (!good)
            assert_int_equal(json_array_size(errors), 1000);
        json_decref(out);
        json_decref(errors);
        json_decref(value);
    }
    schema_free(&schema);
}

static void very_deep_values_are_refused(void **state)
{
    (void)state;
    struct schema *schema =
        compiled("{\"anyOf\":[{\"type\":\"integer\"},{\"items\":{\"$ref\":\"#\"}}]}");
    for (int depth = 500; depth <= 5000; depth += 4500) {
        json_t *value = json_integer(1), *out, *errors;
        for (int i = 0; i < depth; i++)
            value = json_pack("[o]", value);
        assert_int_equal(schema_decode(schema, value, &out, &errors),
                         depth == 500 ? LS_OK : LS_BAD_INPUT);
        json_decref(out);
        json_decref(errors);
        json_decref(value);
    }
    schema_free(&schema);
}

static void an_error_is_whole(void **state)
{
    (void)state;
    struct schema *schema = compiled("{\"type\":\"string\",\"minLength\":1}");
    json_t *value = json_string(""), *out, *errors;
    assert_int_equal(schema_decode(schema, value, &out, &errors), LS_BAD_INPUT);
    char *text = json_dumps(errors, JSON_COMPACT);
    assert_string_equal(text, "[{\"type\":\"string_too_short\",\"loc\":[],"
                              "\"msg\":\"String should have at least 1 character\",\"input\":\"\","
                              "\"ctx\":{\"min_length\":1},"
                              "\"url\":\"https://errors.pydantic.dev/2.14/v/string_too_short\"}]");
    free(text);
    json_decref(errors);
    json_decref(value);
    schema_free(&schema);
}

static void an_unchanged_value_stays_itself(void **state)
{
    (void)state;
    struct schema *schema = compiled("{\"items\":" MODEL "}");
    json_t *value = json_loads("[{\"a\":1,\"b\":\"\"},{\"a\":2,\"b\":\"\"}]", 0, NULL);
    json_t *out, *errors;
    assert_int_equal(schema_decode(schema, value, &out, &errors), LS_OK);
    assert_ptr_equal(out, value);
    json_decref(out);
    json_decref(value);
    schema_free(&schema);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scalars_are_lax),
        cmocka_unit_test(strings_are_trimmed_and_matched),
        cmocka_unit_test(an_evil_pattern_ends),
        cmocka_unit_test(arrays_may_be_sets_and_tuples),
        cmocka_unit_test(keys_of_maps_are_decoded),
        cmocka_unit_test(times_come_out_in_one_form),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(objects_are_filled_and_ordered),
        cmocka_unit_test(unions_take_what_fits_best),
        cmocka_unit_test(tags_choose_the_member),
        cmocka_unit_test(nested_unions_do_not_multiply),
        cmocka_unit_test(very_deep_values_are_refused),
        cmocka_unit_test(an_error_is_whole),
        cmocka_unit_test(an_unchanged_value_stays_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
