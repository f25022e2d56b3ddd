#include "app/parsers.h"

#include <stdlib.h>
#include <string.h>

#include "app/build.h"
#include "app/kinds.h"
#include "app/schema_option.h"
#include "base/mem.h"
#include "stages/parse_boolean.h"
#include "stages/parse_datetime.h"
#include "stages/parse_enum.h"
#include "stages/parse_json.h"
#include "stages/parse_list.h"
#include "stages/parse_marked_list.h"
#include "stages/parse_pydantic.h"
#include "stages/parse_regex.h"
#include "stages/parse_str.h"
#include "stages/parse_tools.h"
#include "stages/parse_xml.h"

static void tell(struct builder *builder, struct place place, const char *key, const char *why)
{
    problems_error(builder->problems, place, "%s: %s", key, why);
}

static struct runnable *build_str(struct builder *builder, struct place place,
                                  const struct node *map, struct parser_fields *fields)
{
    (void)builder, (void)place, (void)map, (void)fields;
    return parse_str_new();
}

static struct runnable *build_json(struct builder *builder, struct place place,
                                   const struct node *map, struct parser_fields *fields)
{
    (void)place;
    struct schema *schema = NULL;
    char why[256];
    if (!fields->schema)
        return parse_json_new();
    schema_option_check(builder, map, "schema", &fields->schema);
    if (!fields->schema)
        return NULL;
    if (schema_compile(&schema, fields->schema, why) == LS_OK)
        return parse_pydantic_new(schema);
    tell(builder, node_get(map, "schema")->place, "schema", why);
    return NULL;
}

static struct runnable *build_list(struct builder *builder, struct place place,
                                   const struct node *map, struct parser_fields *fields)
{
    (void)builder, (void)place, (void)map, (void)fields;
    return parse_list_new();
}

static struct runnable *build_numbered_list(struct builder *builder, struct place place,
                                            const struct node *map, struct parser_fields *fields)
{
    (void)builder, (void)place, (void)map, (void)fields;
    return parse_numbered_list_new();
}

static struct runnable *build_markdown_list(struct builder *builder, struct place place,
                                            const struct node *map, struct parser_fields *fields)
{
    (void)builder, (void)place, (void)map, (void)fields;
    return parse_markdown_list_new();
}

static struct runnable *build_xml(struct builder *builder, struct place place,
                                  const struct node *map, struct parser_fields *fields)
{
    (void)builder, (void)place, (void)map, (void)fields;
    return parse_xml_new();
}

static struct runnable *build_enum(struct builder *builder, struct place place,
                                   const struct node *map, struct parser_fields *fields)
{
    (void)place;
    if (fields->values.count == 0) {
        tell(builder, node_get(map, "values")->place, "values", "expected at least one text");
        return NULL;
    }
    json_auto_t *values = option_strings_json(&fields->values);
    return parse_enum_new(values);
}

static struct runnable *build_datetime(struct builder *builder, struct place place,
                                       const struct node *map, struct parser_fields *fields)
{
    struct runnable *made = NULL;
    const struct node *written = node_get(map, "format");
    char why[256];
    const char *format = fields->format ? fields->format : PARSE_DATETIME_FORMAT;
    if (parse_datetime_new(&made, format, why) != LS_OK)
        tell(builder, written ? written->place : place, "format", why);
    return made;
}

static struct runnable *build_boolean(struct builder *builder, struct place place,
                                      const struct node *map, struct parser_fields *fields)
{
    (void)map;
    struct runnable *made = NULL;
    char why[256];
    const char *yes = fields->true_val ? fields->true_val : "YES";
    const char *no = fields->false_val ? fields->false_val : "NO";
    if (parse_boolean_new(&made, yes, no, why) != LS_OK)
        tell(builder, place, "boolean", why);
    return made;
}

static struct runnable *build_regex(struct builder *builder, struct place place,
                                    const struct node *map, struct parser_fields *fields)
{
    (void)place;
    struct runnable *made = NULL;
    char why[256];
    json_auto_t *keys = option_strings_json(&fields->output_keys);
    if (parse_regex_new(&made, fields->regex, keys, fields->default_output_key, why) != LS_OK)
        tell(builder, node_get(map, "regex")->place, "regex", why);
    return made;
}

static void free_tools(struct tool_results_options *options)
{
    for (size_t i = 0; i < options->count; i++) {
        free(options->tools[i].name);
        schema_free(&options->tools[i].schema);
    }
    free(options->tools);
}

/* The tools of `tools`; false when one has a mistake, which is told. */
static bool compile_tools(struct builder *builder, const struct node *map, json_t *given,
                          struct tool_results_options *options)
{
    const char *name;
    json_t *json;
    options->tools = mem_zalloc(json_object_size(given) + 1, sizeof *options->tools);
    json_object_foreach(given, name, json) {
        json_t *checked = json;
        struct tool *tool = &options->tools[options->count];
        char why[256];
        schema_option_check(builder, node_get(map, "tools"), name, &checked);
        if (!checked)
            return false;
        if (schema_compile(&tool->schema, checked, why) != LS_OK) {
            tell(builder, node_get(map, "tools")->place, name, why);
            return false;
        }
        tool->name = mem_strdup(name);
        options->count++;
    }
    return true;
}

static struct runnable *build_tools(struct builder *builder, struct place place,
                                    const struct node *map, struct parser_fields *fields)
{
    struct tool_results_options options = {.key_name = fields->key_name,
                                           .first_tool_only = fields->first_tool_only,
                                           .return_id = fields->return_id};
    bool is_object = !fields->tools || json_object_size(fields->tools) > 0;
    if (!is_object || (fields->tools && fields->key_name)) {
        tell(builder, place, "tools",
             is_object ? "`key_name` stands instead of `tools`"
                       : "expected a mapping of the tools' names to JSON Schemas");
        return NULL;
    }
    if (!fields->tools || compile_tools(builder, map, fields->tools, &options))
        return parse_tools_new(&options);
    free_tools(&options);
    return NULL;
}

const struct parser parsers[] = {
    {.name = "str", .build = build_str},
    {.name = "json",
     .asks = "Answer with JSON and nothing else.",
     .takes = {"schema"},
     .build = build_json},
    {.name = "list",
     .asks = "Answer with a list, its items separated by commas.",
     .build = build_list},
    {.name = "numbered_list",
     .asks = "Answer with a numbered list, each item on a line of its own: 1. first",
     .build = build_numbered_list},
    {.name = "markdown_list",
     .asks = "Answer with a Markdown list, each item on a line of its own: - first",
     .build = build_markdown_list},
    {.name = "xml",
     .asks = "Answer with one XML element that holds all others, each of them closed.",
     .takes = {"tag_names"},
     .build = build_xml},
    {.name = "enum",
     .asks = "Answer with one of the values and nothing else.",
     .takes = {"values"},
     .required = {"values"},
     .build = build_enum},
    {.name = "datetime",
     .asks = "Answer with a time in strftime's format and nothing else.",
     .takes = {"format"},
     .build = build_datetime},
    {.name = "boolean",
     .asks = "Answer with one of two words, the one for true or the one for false.",
     .takes = {"true_val", "false_val"},
     .build = build_boolean},
    {.name = "regex",
     .asks = "Answer with a text that the regular expression matches.",
     .takes = {"regex", "output_keys", "default_output_key"},
     .required = {"regex", "output_keys"},
     .build = build_regex},
    {.name = "tools",
     .takes = {"tools", "key_name", "first_tool_only", "return_id"},
     .build = build_tools},
    {.name = "fixing",
     .takes = {"parser", "llm", "retry_chain", "max_retries"},
     .required = {"parser"},
     .build = build_fixing},
    {.name = "retry",
     .takes = {"parser", "llm", "retry_chain", "max_retries", "with_error"},
     .required = {"parser"},
     .build = build_retry_parser},
    {.name = NULL},
};

const struct parser *parser_find(const char *name)
{
    for (const struct parser *parser = parsers; parser->name; parser++)
        if (strcmp(parser->name, name) == 0)
            return parser;
    return NULL;
}
