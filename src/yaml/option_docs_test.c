#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "yaml/option.h"

static const char *const words[] = {"json", "problem", NULL};
static const struct option table[] = {
    {.name = "name", .type = OPTION_STRING, .required = true, .doc = "Its name.\nAny | text."},
    {.name = "base", .type = OPTION_STRING, .fallback = ""},
    {.name = "port", .type = OPTION_INT, .fallback = "8000", .min = 1, .max = 65535},
    {.name = "on", .type = OPTION_BOOL, .fallback = "true"},
    {.name = "heat", .type = OPTION_REAL, .min = 0, .max = 2},
    {.name = "wait", .type = OPTION_DURATION, .fallback = "30s", .min = 500, .max = 60000},
    {.name = "body", .type = OPTION_SIZE, .fallback = "10MB"},
    {.name = "errors", .type = OPTION_ENUM, .choices = words, .fallback = "json"},
    {.name = "tags", .type = OPTION_STRING_LIST},
    {.name = "only", .type = OPTION_STRING_LIST, .choices = words, .fallback = "json"},
    {.name = "workers", .type = OPTION_COUNT, .fallback = "auto", .min = 1, .max = 99},
    {.name = "headers", .type = OPTION_STRING_MAP},
    {.name = "input", .type = OPTION_JSON, .schema = "{\"type\": \"object\"}"},
    {.name = "chain", .type = OPTION_NODE, .required = true},
    {0},
};

static void expect_property(const char *name, const char *expected)
{
    json_auto_t *properties = options_json_schema(table);
    json_auto_t *wanted = json_loads(expected, 0, NULL);
    assert_non_null(wanted);
    json_t *property = json_object_get(properties, name);
    if (!json_equal(property, wanted)) {
        char *text = json_dumps(property, 0);
        print_error("%s: %s\n", name, text);
        free(text);
        fail();
    }
}

static void each_row_becomes_a_property(void **state)
{
    (void)state;
    expect_property("name", "{\"type\": \"string\", \"description\": \"Its name.\\nAny | text.\"}");
    expect_property("base", "{\"type\": \"string\", \"default\": \"\"}");
    expect_property("port", "{\"type\": [\"integer\", \"string\"], \"minimum\": 1, \"maximum\": "
                            "65535, \"default\": 8000, \"pattern\": "
                            "\"^[-+]?[0-9]+$|\\\\$\\\\{\"}");
    expect_property("on", "{\"type\": [\"boolean\", \"string\"], \"default\": true, \"pattern\": "
                          "\"^(true|false)$|\\\\$\\\\{\"}");
    expect_property("errors", "{\"anyOf\": [{\"enum\": [\"json\", \"problem\"]}, {\"type\": "
                              "\"string\", \"pattern\": \"\\\\$\\\\{\"}], \"default\": \"json\"}");
    expect_property("tags", "{\"type\": [\"string\", \"array\"], \"items\": "
                            "{\"type\": \"string\"}}");
    expect_property("only",
                    "{\"anyOf\": [{\"anyOf\": [{\"enum\": [\"json\", \"problem\"]}, "
                    "{\"type\": \"string\", \"pattern\": \"\\\\$\\\\{\"}]}, {\"type\": "
                    "\"array\", \"items\": {\"anyOf\": [{\"enum\": [\"json\", \"problem\"]}, "
                    "{\"type\": \"string\", \"pattern\": \"\\\\$\\\\{\"}]}}], "
                    "\"default\": \"json\"}");
    expect_property("workers", "{\"type\": [\"integer\", \"string\"], \"minimum\": 1, \"maximum\": "
                               "99, \"default\": \"auto\", \"pattern\": \"^(auto|[0-9]+)$|"
                               "\\\\$\\\\{\"}");
    expect_property("headers", "{\"type\": \"object\", \"additionalProperties\": "
                               "{\"type\": \"string\"}}");
    expect_property("input", "{\"type\": \"object\"}");
    expect_property("chain", "{}");
}

static void bounds_are_in_the_unit_of_a_bare_number(void **state)
{
    (void)state;
    json_auto_t *properties = options_json_schema(table);
    const json_t *wait = json_object_get(properties, "wait");
    assert_true(json_number_value(json_object_get(wait, "minimum")) == 0.5);
    assert_true(json_number_value(json_object_get(wait, "maximum")) == 60);
    assert_string_equal(json_string_value(json_object_get(wait, "default")), "30s");
    const json_t *body = json_object_get(properties, "body");
    assert_int_equal(json_integer_value(json_object_get(body, "minimum")), 0);
    assert_null(json_object_get(body, "maximum"));
}

static void required_names_are_listed(void **state)
{
    (void)state;
    json_auto_t *names = options_required(table);
    json_auto_t *expected = json_pack("[s,s]", "name", "chain");
    assert_true(json_equal(names, expected));
    json_auto_t *none = options_required(&table[sizeof table / sizeof *table - 1]);
    assert_int_equal(json_array_size(none), 0);
}

static void the_reference_is_a_table(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, 1 << 16);
    options_markdown(table, &out);
    static const char begin[] = "| Option | Type | Default | Meaning |\n|---|---|---|---|\n"
                                "| `name` | string | required | Its name. Any \\| text. |\n"
                                "| `base` | string | empty |  |\n"
                                "| `port` | whole number | `8000` |  |\n";
    assert_memory_equal(buf_str(&out), begin, sizeof begin - 1);
    assert_non_null(strstr(buf_str(&out), "| `errors` | `json`, `problem` | `json` |  |\n"));
    buf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_row_becomes_a_property),
        cmocka_unit_test(bounds_are_in_the_unit_of_a_bare_number),
        cmocka_unit_test(required_names_are_listed),
        cmocka_unit_test(the_reference_is_a_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
