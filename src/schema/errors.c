#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "schema/decode.h"
#include "schema/schema.h"

static json_t *loc_of(const struct path *path)
{
    json_t *loc = json_array();
    for (; path; path = path->up)
        json_array_insert_new(
            loc, 0, path->key ? json_string(path->key) : json_integer((json_int_t)path->index));
    return loc;
}

void error_add(struct decode *decode, const struct path *path, const char *type, json_t *input,
               json_t *ctx, const char *format, ...)
{
    if (!decode->errors || json_array_size(decode->errors) >= DECODE_MAX_ERRORS) {
        json_decref(ctx);
        return;
    }
    char *msg;
    va_list args;
    va_start(args, format);
    if (vasprintf(&msg, format, args) < 0)
        abort();
    va_end(args);
    json_t *error = json_pack("{s:s,s:o,s:s,s:O}", "type", type, "loc", loc_of(path), "msg", msg,
                              "input", input);
    free(msg);
    if (ctx)
        json_object_set_new(error, "ctx", ctx);
    if (strcmp(type, "sequence_str") != 0) /* an error of pydantic's that has no page */
        json_object_set_new(error, "url",
                            json_sprintf("https://errors.pydantic.dev/2.14/v/%s", type));
    json_array_append_new(decode->errors, error);
}

static void print_loc(struct buf *out, json_t *loc)
{
    size_t i;
    json_t *step;
    json_array_foreach(loc, i, step) {
        buf_add_str(out, i > 0 ? "." : "");
        if (json_is_string(step))
            buf_add_str(out, json_string_value(step));
        else
            buf_printf(out, "%lld", (long long)json_integer_value(step));
    }
    buf_add_str(out, json_array_size(loc) > 0 ? ": " : "");
}

char *schema_errors_text(const json_t *errors)
{
    struct buf text;
    size_t i;
    json_t *error;
    buf_init(&text, 1 << 20);
    json_array_foreach((json_t *)errors, i, error) {
        const char *msg = json_get_string(error, "msg");
        buf_add_str(&text, i > 0 ? "; " : "");
        print_loc(&text, json_object_get(error, "loc"));
        buf_add_str(&text, msg ? msg : "it does not fit");
    }
    if (text.len > 0)
        return buf_take(&text);
    buf_fini(&text);
    return NULL;
}
