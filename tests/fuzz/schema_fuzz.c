/* Any JSON {"schema": …, "value": …}: the schema is refused, or the value is decoded or refused
 * with errors that are whole; what was decoded is decoded to itself. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json.h"
#include "schema/schema.h"
#include "schema/well_known.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_errors(const json_t *errors)
{
    size_t i;
    json_t *error;
    assert(json_array_size(errors) > 0);
    json_array_foreach(errors, i, error) {
        assert(json_get_string(error, "type") && json_get_string(error, "msg"));
        assert(json_is_array(json_object_get(error, "loc")) && json_object_get(error, "input"));
    }
}

static void decode(const struct schema *schema, json_t *value)
{
    json_t *before = json_deep_copy(value), *out = NULL, *errors = NULL;
    if (schema_decode(schema, value, &out, &errors) == LS_OK)
        assert(out && !errors);
    else
        check_errors(errors);
    assert(json_equal(value, before));
    json_decref(before);
    json_decref(out);
    json_decref(errors);
}

/* Without a schema: LangChain's own types. */
static void decode_known(json_t *value)
{
    static struct schema *known;
    if (!known)
        known = well_known_compile();
    json_t *out = well_known_decode(known, value), *again = well_known_decode(known, out);
    assert(json_equal(out, again));
    json_decref(out);
    json_decref(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t *asked = NULL;
    if (json_read(&asked, (const char *)data, size, NULL))
        return 0;
    json_t *json = json_object_get(asked, "schema"), *value = json_object_get(asked, "value");
    struct schema *schema = NULL;
    char why[256];
    if (!json)
        decode_known(value ? value : asked);
    else if (schema_compile(&schema, json, why))
        assert(*why && !schema);
    else if (value)
        decode(schema, value);
    schema_free(&schema);
    json_decref(asked);
    return 0;
}
