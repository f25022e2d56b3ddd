/* The app's own checks, after decoding. */
#include "schema/decode.h"
#include "schema/schema.h"

enum { SENTENCE_MAX = 4096 };

/* Runs one check on what was decoded of `value`; a failure is noted. */
static void run_check(struct decode *decode, const struct schema_check *check, json_t *value,
                      const json_t *out)
{
    struct path here = {NULL, check->member, 0};
    const json_t *checked = check->member ? json_object_get(out, check->member) : out;
    json_t *given = check->member ? json_object_get(value, check->member) : value;
    struct buf why;
    if (!checked)
        return;
    buf_init(&why, SENTENCE_MAX);
    if (!check->fn(check, checked, &why))
        error_add(decode, check->member ? &here : NULL, "value_error",
                  given ? given : (json_t *)checked, json_pack("{s:{}}", "error"),
                  "Value error, %s", buf_str(&why));
    buf_fini(&why);
}

enum ls_err schema_decode_checked(const struct schema *schema, const struct schema_check *checks,
                                  json_t *value, json_t **out, json_t **errors)
{
    enum ls_err err = schema_decode(schema, value, out, errors);
    if (err)
        return err;
    struct decode decode = {.errors = json_array()};
    for (const struct schema_check *check = checks; check; check = check->next)
        run_check(&decode, check, value, *out);
    if (json_array_size(decode.errors) == 0) {
        json_decref(decode.errors);
        return LS_OK;
    }
    json_decref(*out);
    *out = NULL;
    *errors = decode.errors;
    return LS_BAD_INPUT;
}
