/* Which schemas share a component, and what the others are called. */
#include "routes/openapi_components.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct stand {
    struct components components;
    json_t *fixed;
};

static void begin(struct stand *stand)
{
    stand->fixed = json_loads("{\"Error\":{\"properties\":{\"of\":{\"$ref\":"
                              "\"#/components/schemas/Cause\"}}},\"Cause\":{},\"Other\":{}}",
                              0, NULL);
    components_init(&stand->components, stand->fixed);
}

static void end(struct stand *stand)
{
    components_fini(&stand->components);
    json_decref(stand->fixed);
}

/* Adds a schema and expects its name. */
static void add(struct stand *stand, const char *ns, const char *schema, bool own, const char *want)
{
    json_auto_t *json = json_loads(schema, 0, NULL);
    json_auto_t *name = components_add(&stand->components, ns, "Input", json, own);
    assert_string_equal(json_string_value(name), want);
}

static void expect(const struct stand *stand, const char *name, const char *want)
{
    json_auto_t *json = json_loads(want, 0, NULL);
    assert_true(json_equal(json_object_get(stand->components.schemas, name), json));
}

static void test_equal_schemas_share_a_name(void **state)
{
    (void)state;
    struct stand stand;
    begin(&stand);
    add(&stand, "a", "{\"title\":\"T<x>\",\"type\":\"string\"}", false, "T_x_");
    add(&stand, "b", "{\"type\":\"string\",\"title\":\"T<x>\"}", false, "T_x_");
    add(&stand, "c", "{\"title\":\"T<x>\",\"type\":\"integer\"}", false, "cT_x_");
    expect(&stand, "cT_x_", "{\"title\":\"cT<x>\",\"type\":\"integer\"}");
    add(&stand, "c", "{\"title\":\"T<x>\",\"type\":\"null\"}", false, "cT_x__2");
    add(&stand, "d", "{\"type\":\"null\"}", false, "Input");
    add(&stand, "d", "{\"title\":\"Error\"}", false, "dError"); /* a fixed one's name */
    end(&stand);
}

static void test_the_route_s_own_has_its_namespace(void **state)
{
    (void)state;
    struct stand stand;
    begin(&stand);
    add(&stand, "a",
        "{\"$defs\":{\"Configurable\":{\"properties\":{\"m\":{\"$ref\":\"#/$defs/M\",\"title\":"
        "\"The M\"}}},\"M\":{\"enum\":[\"#/$defs/M\"]}},\"properties\":{\"configurable\":{\"$ref\":"
        "\"#/$defs/Configurable\",\"default\":null}},\"title\":\"Config\"}",
        true, "aConfig");
    expect(&stand, "aConfig",
           "{\"properties\":{\"configurable\":{\"$ref\":\"#/components/schemas/aConfigurable\","
           "\"title\":\"configurable\"}},\"title\":\"aConfig\"}");
    expect(&stand, "aConfigurable",
           "{\"properties\":{\"m\":{\"$ref\":\"#/components/schemas/M\",\"title\":\"m\"}}}");
    expect(&stand, "M", "{\"enum\":[\"#/$defs/M\"]}");
    end(&stand);
}

/* A definition that is equal as text is another one when what it refers to is. */
static void test_references_count(void **state)
{
    (void)state;
    struct stand stand;
#define REFERRING(type)                                                              \
    "{\"$defs\":{\"A\":{\"items\":{\"$ref\":\"#/$defs/B\"}},\"B\":{\"type\":\"" type \
    "\"}},\"title\":\"T\",\"$ref\":\"#/$defs/A\"}"
    static const char one[] = REFERRING("string"), other[] = REFERRING("integer");
    begin(&stand);
    add(&stand, "a", one, false, "T");
    add(&stand, "b", other, false, "bT");
    add(&stand, "c", one, false, "T");
    expect(&stand, "bT", "{\"$ref\":\"#/components/schemas/bA\",\"title\":\"bT\"}");
    expect(&stand, "bA", "{\"items\":{\"$ref\":\"#/components/schemas/bB\"}}");
    end(&stand);
}

static void test_fixed_ones_come_with_what_they_refer_to(void **state)
{
    (void)state;
    struct stand stand;
    begin(&stand);
    components_need(&stand.components, "Error");
    json_auto_t *sorted = components_sorted(&stand.components);
    const char *first = json_object_iter_key(json_object_iter(sorted));
    assert_int_equal(json_object_size(sorted), 2);
    assert_string_equal(first, "Cause");
    end(&stand);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equal_schemas_share_a_name),
        cmocka_unit_test(test_the_route_s_own_has_its_namespace),
        cmocka_unit_test(test_references_count),
        cmocka_unit_test(test_fixed_ones_come_with_what_they_refer_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
