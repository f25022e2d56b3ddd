#include "routes/output.h"

struct outcome output_check(const struct route *route, json_t *value,
                            const struct outcome *outcome, json_t **output)
{
    if (outcome->kind != OUTCOME_WELL)
        return *outcome;
    *output = value ? json_incref(value) : json_null();
    if (!route->checks_output)
        return *outcome;
    json_t *decoded = NULL, *errors = NULL;
    enum ls_err err = schema_decode(route->output, *output, &decoded, &errors);
    json_decref(*output);
    json_decref(errors);
    *output = decoded;
    return err ? outcome_error(LS_BAD_OUTPUT, "the output does not fit the declared schema")
               : outcome_well;
}
