/* For tests of stages: parsers from a few words of JSON (stage_trees.h).
 *
 * "str", "json", "list", "numbered", "markdown", "xml", "boolean"; {"one_of": [text, …]},
 * {"format": text}, {"regex": text} with one group, {"schema": schema}, {"tools": {"name": schema,
 * …}}; {"fixing": [parser, chain]}, {"retry_parser": [parser, chain]} */
#pragma once

#include "base/mem.h"
#include "run/run_stand.h"
#include "stages/parse_boolean.h"
#include "stages/parse_datetime.h"
#include "stages/parse_enum.h"
#include "stages/parse_fixing.h"
#include "stages/parse_json.h"
#include "stages/parse_list.h"
#include "stages/parse_marked_list.h"
#include "stages/parse_pydantic.h"
#include "stages/parse_regex.h"
#include "stages/parse_str.h"
#include "stages/parse_tools.h"
#include "stages/parse_xml.h"

static inline struct runnable *parser_boolean(void)
{
    struct runnable *made = NULL;
    char why[256];
    assert_int_equal(parse_boolean_new(&made, "YES", "NO", why), LS_OK);
    return made;
}

/* NULL: no parser is called that. */
static inline struct runnable *parser_word(const char *word)
{
    static const struct {
        const char *word;
        struct runnable *(*make)(void);
    } words[] = {
        {"str", parse_str_new},
        {"json", parse_json_new},
        {"list", parse_list_new},
        {"numbered", parse_numbered_list_new},
        {"markdown", parse_markdown_list_new},
        {"xml", parse_xml_new},
        {"boolean", parser_boolean},
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i].word, word) == 0)
            return words[i].make();
    return NULL;
}

static inline struct runnable *parser_of_values(json_t *words)
{
    return parse_enum_new(words);
}

static inline struct runnable *parser_of_format(json_t *words)
{
    struct runnable *made = NULL;
    char why[256];
    if (parse_datetime_new(&made, json_string_value(words), why) != LS_OK)
        fail_msg("%s", why);
    return made;
}

static inline struct runnable *parser_of_regex(json_t *words)
{
    struct runnable *made = NULL;
    char why[256];
    json_auto_t *keys = json_pack("[s]", "x");
    if (parse_regex_new(&made, json_string_value(words), keys, NULL, why) != LS_OK)
        fail_msg("%s", why);
    return made;
}

static inline struct schema *parser_schema(json_t *json)
{
    struct schema *schema = NULL;
    char why[256];
    if (schema_compile(&schema, json, why) != LS_OK)
        fail_msg("%s", why);
    return schema;
}

static inline struct runnable *parser_of_schema(json_t *words)
{
    return parse_pydantic_new(parser_schema(words));
}

static inline struct runnable *parser_of_tools(json_t *words)
{
    const char *name;
    json_t *json;
    struct tool_results_options options = {
        .tools = mem_zalloc(json_object_size(words) + 1, sizeof(struct tool))};
    json_object_foreach(words, name, json)
        options.tools[options.count++] = (struct tool){mem_strdup(name), parser_schema(json)};
    return parse_tools_new(&options);
}
