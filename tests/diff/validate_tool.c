/* Validates values for the tests: a line {"schema": …, "values": […], "documents"?: {URI: schema},
 * "formats"?: bool} on standard input gives a line {"valid": [bool…], "errors": [[…]…]} or
 * {"refused": sentence} on standard output.  A value whose check was given up is null. */
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "schema/validate.h"

static json_t *check(const struct validator *validator, json_t *value, json_t *all_errors)
{
    json_t *errors = NULL;
    enum ls_err err = validator_check(validator, value, &errors);
    json_array_append_new(all_errors, errors ? errors : json_array());
    if (err != validator_check(validator, value, NULL))
        abort(); /* with and without errors it must be the same */
    return err == LS_TOO_BIG ? json_null() : json_boolean(err == LS_OK);
}

static json_t *validate(json_t *asked)
{
    struct validator_options options = {.documents = json_object_get(asked, "documents"),
                                        .assert_formats =
                                            json_is_true(json_object_get(asked, "formats"))};
    struct validator *validator = NULL;
    char why[256];
    if (validator_compile(&validator, json_object_get(asked, "schema"), &options, why))
        return json_pack("{s:s}", "refused", why);
    json_t *valid = json_array(), *errors = json_array(), *value;
    size_t i;
    json_array_foreach(json_object_get(asked, "values"), i, value)
        json_array_append_new(valid, check(validator, value, errors));
    validator_free(&validator);
    return json_pack("{s:o,s:o}", "valid", valid, "errors", errors);
}

static json_t *answer(const char *line, size_t len)
{
    json_t *asked = NULL;
    const char *why = NULL;
    if (json_read(&asked, line, len, &why) != LS_OK)
        return json_pack("{s:s}", "refused", why);
    json_t *given = validate(asked);
    json_decref(asked);
    return given;
}

int main(void)
{
    char *line = NULL;
    size_t cap = 0;
    struct buf out;
    buf_init(&out, 256 << 20);
    for (ssize_t len; (len = getline(&line, &cap, stdin)) > 0;) {
        json_t *given = answer(line, (size_t)len);
        buf_reset(&out);
        enum ls_err err = json_print(&out, given, JSON_WIRE);
        json_decref(given);
        if (err || puts(buf_str(&out)) < 0 || fflush(stdout) != 0)
            return 1;
    }
    buf_fini(&out);
    free(line);
    return 0;
}
