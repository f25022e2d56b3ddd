#include "stages/parse_datetime.h"

#include "base/list.h"
#include "base/mem.h"
#include "base/text.h"
#include "stages/parse_whole.h"
#include "stages/strptime.h"

struct parse_datetime {
    struct parse_whole whole;
    struct strptime *format;
};

static struct parse_datetime *as_datetime(const struct runnable *runnable)
{
    return container_of(runnable, struct parse_datetime, whole.runnable);
}

static enum ls_err datetime_parse(const struct runnable *runnable, const char *text, size_t len,
                                  json_t **value, struct buf *why)
{
    char iso[STRPTIME_ISO_SIZE];
    const char *word = text;
    size_t size = len;
    text_strip(&word, &size);
    if (!strptime_read(as_datetime(runnable)->format, word, size, iso))
        return parse_fail(why, "Could not parse datetime string: ", text, len, "");
    *value = json_string(iso);
    return LS_OK;
}

static json_t *datetime_output_schema(const struct runnable *runnable)
{
    json_t *schema = json_pack("{s:s}", "format", "date-time");
    json_object_set_new(schema, "title", runnable_title(runnable, "Output"));
    json_object_set_new(schema, "type", json_string("string"));
    return schema;
}

static void datetime_fini(struct runnable *runnable)
{
    strptime_free(&as_datetime(runnable)->format);
}

static const struct runnable_ops datetime_ops = {
    .type = "DatetimeOutputParser",
    .step = STEP_PARSER,
    .open = parse_whole_open,
    .input_schema = parse_input_schema,
    .output_schema = datetime_output_schema,
    .fini = datetime_fini,
};

enum ls_err parse_datetime_new(struct runnable **out, const char *format, char why[256])
{
    struct strptime *compiled = NULL;
    enum ls_err err = strptime_compile(&compiled, format, why);
    if (err)
        return err;
    struct parse_datetime *parser = mem_alloc(sizeof *parser);
    runnable_init(&parser->whole.runnable, &datetime_ops, NULL);
    parser->whole.parse = datetime_parse;
    parser->format = compiled;
    *out = &parser->whole.runnable;
    return LS_OK;
}
