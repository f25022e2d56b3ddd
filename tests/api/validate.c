/* Strict validation: what fits, what does not and where, and what is no schema. */
#include <assert.h>
#include <langserved/langserved.h>
#include <string.h>

static json_t *read(const char *text)
{
    json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);
    assert(value);
    return value;
}

static enum ls_err validate(const ls_validator *validator, const char *text, json_t **errors)
{
    json_t *value = read(text);
    enum ls_err err = ls_validate(validator, value, errors);
    json_decref(value);
    return err;
}

static void values_fit_or_not(void)
{
    ls_validator *validator = NULL;
    json_t *errors = NULL;
    json_t *schema = read("{\"properties\": {\"n\": {\"type\": \"integer\", \"maximum\": 9}}}");
    assert(ls_validator_new(&validator, schema, NULL, 0) == LS_OK && validator);
    json_decref(schema);
    assert(validate(validator, "{\"n\": 9}", &errors) == LS_OK && !errors);
    assert(validate(validator, "{\"n\": \"9\"}", NULL) == LS_BAD_INPUT);
    assert(validate(validator, "{\"n\": 10}", &errors) == LS_BAD_INPUT);
    json_t *first = json_array_get(errors, 0);
    assert(json_array_size(errors) == 1);
    assert(strcmp(json_string_value(json_object_get(first, "instanceLocation")), "/n") == 0);
    assert(strstr(json_string_value(json_object_get(first, "schemaLocation")), "maximum"));
    assert(json_string_length(json_object_get(first, "error")) > 0);
    json_decref(errors);
    ls_validator_free(validator);
}

static void what_is_no_schema_is_told(void)
{
    char why[200] = "";
    ls_validator *validator = NULL;
    json_t *schema = read("{\"items\": {\"type\": \"strin\"}}");
    assert(ls_validator_new(&validator, schema, why, sizeof why) == LS_BAD_CONFIG && !validator);
    assert(strstr(why, "/items"));
    assert(ls_validator_new(&validator, schema, NULL, 0) == LS_BAD_CONFIG);
    json_decref(schema);
    ls_validator_free(NULL);
}

int main(void)
{
    values_fit_or_not();
    what_is_no_schema_is_told();
    return 0;
}
