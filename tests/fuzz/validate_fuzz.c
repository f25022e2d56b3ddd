/* Any JSON {"schema": …, "value": …, "documents"?: {…}, "formats"?: bool}: the schema is refused,
 * or the value is checked with the same result whether errors are asked for or not. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json.h"
#include "schema/validate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct validator *validator, json_t *value)
{
    json_t *errors = NULL;
    enum ls_err err = validator_check(validator, value, &errors);
    enum ls_err quiet = validator_check(validator, value, NULL);
    assert(err == quiet || err == LS_TOO_BIG || quiet == LS_TOO_BIG);
    assert((err == LS_OK) == (errors == NULL));
    assert(err == LS_OK || json_array_size(errors) > 0);
    json_decref(errors);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t *asked = NULL;
    if (json_read(&asked, (const char *)data, size, NULL))
        return 0;
    json_t *schema = json_object_get(asked, "schema"), *value = json_object_get(asked, "value");
    const struct validator_options options = {.documents = json_object_get(asked, "documents"),
                                              .assert_formats =
                                                  json_is_true(json_object_get(asked, "formats")),
                                              .max_steps = 20000};
    struct validator *validator = NULL;
    char why[256];
    if (schema && validator_compile(&validator, schema, &options, why))
        assert(*why && !validator);
    else if (schema && value)
        check(validator, value);
    validator_free(&validator);
    json_decref(asked);
    return 0;
}
