/* Decodes values for the differential tests: a line {"schema": …, "value": …} on standard input
 * gives a line {"ok": value}, {"errors": […]} or {"refused": sentence} on standard output; without
 * a schema, LangChain's own types within the value are decoded. */
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "schema/schema.h"
#include "schema/well_known.h"

static json_t *decode(json_t *schema_text, json_t *value)
{
    struct schema *schema = NULL;
    char why[256];
    if (schema_compile(&schema, schema_text, why) != LS_OK)
        return json_pack("{s:s}", "refused", why);
    json_t *out = NULL, *errors = NULL;
    enum ls_err err = schema_decode(schema, value, &out, &errors);
    schema_free(&schema);
    return json_pack("{s:o}", err ? "errors" : "ok", err ? errors : out);
}

static json_t *answer(const struct schema *known, const char *line, size_t len)
{
    json_t *asked = NULL;
    const char *why = NULL;
    if (json_read(&asked, line, len, &why) != LS_OK)
        return json_pack("{s:s}", "refused", why);
    json_t *schema = json_object_get(asked, "schema"), *value = json_object_get(asked, "value");
    json_t *given =
        schema ? decode(schema, value) : json_pack("{s:o}", "ok", well_known_decode(known, value));
    json_decref(asked);
    return given;
}

int main(void)
{
    struct schema *known = well_known_compile();
    char *line = NULL;
    size_t cap = 0;
    struct buf out;
    buf_init(&out, 256 << 20);
    for (ssize_t len; (len = getline(&line, &cap, stdin)) > 0;) {
        json_t *given = answer(known, line, (size_t)len);
        buf_reset(&out);
        enum ls_err err = json_print(&out, given, JSON_WIRE);
        json_decref(given);
        if (err || puts(buf_str(&out)) < 0 || fflush(stdout) != 0)
            return 1;
    }
    buf_fini(&out);
    free(line);
    schema_free(&known);
    return 0;
}
