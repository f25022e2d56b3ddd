/* include/langserved/schema.h */
#include <langserved/schema.h>
#include <stdio.h>

#include "schema/validate.h"

/* The public name of a validator; there is no object of this type. */
static struct validator *inner(const ls_validator *validator)
{
    return (struct validator *)validator;
}

enum ls_err ls_validator_new(ls_validator **made, const json_t *schema, char *why, size_t why_size)
{
    struct validator *validator = NULL;
    char sentence[256];
    enum ls_err err = validator_compile(&validator, schema, NULL, sentence);
    *made = (ls_validator *)validator;
    if (err && why)
        (void)snprintf(why, why_size, "%s", sentence);
    return err;
}

void ls_validator_free(ls_validator *validator)
{
    struct validator *dropped = inner(validator);
    validator_free(&dropped);
}

enum ls_err ls_validate(const ls_validator *validator, json_t *value, json_t **errors)
{
    return validator_check(inner(validator), value, errors);
}
