#include "routes/output.h"

/* The output in the form of the route's schema: a new reference, NULL where it does not fit. */
static json_t *decoded(const struct route *route, json_t *output)
{
    json_t *decoded = NULL, *errors = NULL;
    if (schema_decode(route->output, output, &decoded, &errors) != LS_OK)
        json_decref(errors);
    return decoded;
}

struct outcome output_check(const struct route *route, json_t *value, const struct outcome *outcome,
                            json_t **output)
{
    if (outcome->kind != OUTCOME_WELL)
        return *outcome;
    *output = value ? json_incref(value) : json_null();
    if (!route->checks_output && !route->shapes_output)
        return *outcome;
    json_t *fitting = decoded(route, *output);
    if (!fitting && !route->checks_output)
        return *outcome;
    json_decref(*output);
    *output = fitting;
    return fitting ? outcome_well
                   : outcome_error(LS_BAD_OUTPUT, "the output does not fit the declared schema");
}
