/* What a table of options says to editors (JSON Schema) and to readers (Markdown). */
#include <assert.h>
#include <string.h>

#include "yaml/option.h"
#include "yaml/yaml_scalar.h"

/* A text with a variable in it stands for any value. */
#define VARIABLE "\\$\\{"

static json_t *schema_of_texts(const char *first_type, const char *pattern)
{
    return json_pack("{s:[s,s], s:s}", "type", first_type, "string", "pattern", pattern);
}

static json_t *schema_of_choices(const struct option *row)
{
    json_t *choices = json_array();
    for (const char *const *choice = row->choices; *choice; choice++)
        json_array_append_new(choices, json_string(*choice));
    return json_pack("{s:[{s:o}, {s:s, s:s}]}", "anyOf", "enum", choices, "type", "string",
                     "pattern", VARIABLE);
}

/* A list, or one item alone. */
static json_t *schema_of_strings(const struct option *row)
{
    if (!row->choices)
        return json_pack("{s:[s,s], s:{s:s}}", "type", "string", "array", "items", "type",
                         "string");
    json_t *choice = schema_of_choices(row);
    return json_pack("{s:[O, {s:s, s:o}]}", "anyOf", choice, "type", "array", "items", choice);
}

static json_t *schema_as_written(const struct option *row)
{
    json_t *schema = row->schema ? json_loads(row->schema, JSON_DECODE_ANY, NULL) : json_object();
    assert(json_is_object(schema));
    return schema;
}

static json_t *schema_of_type(const struct option *row)
{
    switch (row->type) {
    case OPTION_STRING: return json_pack("{s:s}", "type", "string");
    case OPTION_BOOL: return schema_of_texts("boolean", "^(true|false)$|" VARIABLE);
    case OPTION_INT: return schema_of_texts("integer", "^[-+]?[0-9]+$|" VARIABLE);
    case OPTION_COUNT: return schema_of_texts("integer", "^(auto|[0-9]+)$|" VARIABLE);
    case OPTION_REAL:
        return schema_of_texts("number", "^[-+]?[0-9.]+([eE][-+]?[0-9]+)?$|" VARIABLE);
    case OPTION_DURATION:
        return schema_of_texts("number", "^[0-9]+(\\.[0-9]+)?(ms|s|m|h|d)?"
                                         "([0-9]+(\\.[0-9]+)?(ms|s|m|h))*$|" VARIABLE);
    case OPTION_SIZE:
        return schema_of_texts("integer",
                               "^[0-9]+(\\.[0-9]+)?([bB]|[kKmMgGtT]([iI]?[bB])?)?$|" VARIABLE);
    case OPTION_ENUM: return schema_of_choices(row);
    case OPTION_STRING_LIST: return schema_of_strings(row);
    case OPTION_STRING_MAP:
        return json_pack("{s:s, s:{s:s}}", "type", "object", "additionalProperties", "type",
                         "string");
    case OPTION_JSON:
    case OPTION_NODE: break;
    }
    return schema_as_written(row);
}

/* A bound in the unit of a bare number: seconds, bytes, or the number itself. */
static json_t *bound(const struct option *row, double value)
{
    if (row->type == OPTION_DURATION)
        return json_real(value / 1000);
    return row->type == OPTION_REAL ? json_real(value) : json_integer((json_int_t)value);
}

static bool is_number(enum option_type type)
{
    return type == OPTION_INT || type == OPTION_COUNT || type == OPTION_REAL ||
           type == OPTION_DURATION || type == OPTION_SIZE;
}

static void add_range(const struct option *row, json_t *schema)
{
    bool measured = row->type == OPTION_DURATION || row->type == OPTION_SIZE;
    if (row->min != 0 || row->max != 0) {
        json_object_set_new(schema, "minimum", bound(row, row->min));
        json_object_set_new(schema, "maximum", bound(row, row->max));
    } else if (measured) {
        json_object_set_new(schema, "minimum", json_integer(0));
    }
}

/* The fallback as the value it is: a number for a number, else the text. */
static json_t *fallback_json(const struct option *row)
{
    bool is_text =
        row->type == OPTION_STRING || row->type == OPTION_ENUM || row->type == OPTION_STRING_LIST;
    if (is_text)
        return json_string(row->fallback);
    struct arena *arena = arena_new(0);
    struct problems problems;
    problems_init(&problems);
    json_t *value = node_to_json(
        yaml_scalar(arena, row->fallback, strlen(row->fallback), (struct place){0}, &problems));
    problems_fini(&problems);
    arena_free(&arena);
    return value;
}

json_t *options_json_schema(const struct option *table)
{
    json_t *properties = json_object();
    for (const struct option *row = table; row->name; row++) {
        json_t *schema = schema_of_type(row);
        if (is_number(row->type))
            add_range(row, schema);
        if (row->fallback)
            json_object_set_new(schema, "default", fallback_json(row));
        if (row->doc)
            json_object_set_new(schema, "description", json_string(row->doc));
        json_object_set_new(properties, row->name, schema);
    }
    return properties;
}

json_t *option_value_schema(const struct option *row)
{
    static const char *const plain[] = {
        [OPTION_BOOL] = "boolean",     [OPTION_INT] = "integer", [OPTION_REAL] = "number",
        [OPTION_DURATION] = "string",  [OPTION_SIZE] = "string", [OPTION_ENUM] = "string",
        [OPTION_STRING_LIST] = "array"};
    bool known = row->type < sizeof plain / sizeof plain[0] && plain[row->type];
    json_t *schema = known ? json_pack("{s:s}", "type", plain[row->type]) : schema_of_type(row);
    if (row->type == OPTION_INT || row->type == OPTION_REAL)
        add_range(row, schema);
    if (row->type == OPTION_STRING_LIST)
        json_object_set_new(schema, "items", json_pack("{s:s}", "type", "string"));
    if (row->fallback)
        json_object_set_new(schema, "default", fallback_json(row));
    return schema;
}

json_t *options_required(const struct option *table)
{
    json_t *names = json_array();
    for (const struct option *row = table; row->name; row++)
        if (row->required)
            json_array_append_new(names, json_string(row->name));
    return names;
}

static const char *type_name(enum option_type type)
{
    static const char *const names[] = {
        [OPTION_STRING] = "string",
        [OPTION_BOOL] = "true or false",
        [OPTION_INT] = "whole number",
        [OPTION_COUNT] = "whole number, or `auto`",
        [OPTION_REAL] = "number",
        [OPTION_DURATION] = "duration",
        [OPTION_SIZE] = "size",
        [OPTION_ENUM] = "choice",
        [OPTION_STRING_LIST] = "list of strings",
        [OPTION_STRING_MAP] = "mapping of strings",
        [OPTION_JSON] = "any value",
        [OPTION_NODE] = "any value",
    };
    return names[type];
}

/* Text of a table's cell: one line, and no bar that would end it. */
static void print_cell(struct buf *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '|')
            buf_add_char(out, '\\');
        buf_add_char(out, *text == '\n' ? ' ' : *text);
    }
}

static void print_type(const struct option *row, struct buf *out)
{
    if (row->type != OPTION_ENUM)
        buf_add_str(out, row->choices ? "list of " : type_name(row->type));
    for (const char *const *choice = row->choices; choice && *choice; choice++)
        buf_printf(out, "%s`%s`", choice == row->choices ? "" : ", ", *choice);
}

void options_markdown(const struct option *table, struct buf *out)
{
    buf_add_str(out, "| Option | Type | Default | Meaning |\n|---|---|---|---|\n");
    for (const struct option *row = table; row->name; row++) {
        buf_printf(out, "| `%s` | ", row->name);
        print_type(row, out);
        buf_add_str(out, " | ");
        if (row->required)
            buf_add_str(out, "required");
        else if (row->fallback)
            buf_printf(out, *row->fallback ? "`%s`" : "empty%s", row->fallback);
        buf_add_str(out, " | ");
        print_cell(out, row->doc ? row->doc : "");
        buf_add_str(out, " |\n");
    }
}
