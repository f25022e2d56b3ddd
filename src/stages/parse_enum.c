#include "stages/parse_enum.h"

#include <string.h>

#include "base/list.h"
#include "base/mem.h"
#include "base/text.h"
#include "schema/repr.h"
#include "stages/parse_whole.h"

struct parse_enum {
    struct parse_whole whole;
    json_t *values;
};

static const struct parse_enum *as_enum(const struct runnable *runnable)
{
    return container_of(runnable, const struct parse_enum, whole.runnable);
}

static enum ls_err enum_parse(const struct runnable *runnable, const char *text, size_t len,
                              json_t **value, struct buf *why)
{
    const struct parse_enum *parser = as_enum(runnable);
    const char *word = text;
    size_t size = len, i;
    json_t *one;
    text_strip(&word, &size);
    json_array_foreach(parser->values, i, one) {
        if (json_string_length(one) == size && memcmp(json_string_value(one), word, size) == 0) {
            *value = json_incref(one);
            return LS_OK;
        }
    }
    enum ls_err err =
        parse_fail(why, "Response '", text, len, "' is not one of the expected values: ");
    repr_print(why, parser->values);
    return err;
}

static json_t *enum_output_schema(const struct runnable *runnable)
{
    const struct parse_enum *parser = as_enum(runnable);
    json_t *schema = json_pack("{s:{s:{s:O,s:s,s:s}},s:s}", "$defs", "Enum", "enum", parser->values,
                               "title", "Enum", "type", "string", "$ref", "#/$defs/Enum");
    json_object_set_new(schema, "title", runnable_title(runnable, "Output"));
    return schema;
}

static void enum_fini(struct runnable *runnable)
{
    struct parse_enum *parser = container_of(runnable, struct parse_enum, whole.runnable);
    json_decref(parser->values);
}

static const struct runnable_ops enum_ops = {
    .type = "EnumOutputParser",
    .step = STEP_PARSER,
    .open = parse_whole_open,
    .input_schema = parse_input_schema,
    .output_schema = enum_output_schema,
    .fini = enum_fini,
};

struct runnable *parse_enum_new(json_t *values)
{
    struct parse_enum *parser = mem_alloc(sizeof *parser);
    runnable_init(&parser->whole.runnable, &enum_ops, NULL);
    parser->whole.parse = enum_parse;
    parser->values = json_incref(values);
    return &parser->whole.runnable;
}
