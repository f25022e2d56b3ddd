/* The kind `parse`: its options, and which parser takes which. */
#include <string.h>

#include "app/build.h"
#include "app/kinds.h"
#include "app/parsers.h"
#include "base/text.h"
#include "stages/parse_datetime.h"

#define FIELD(member) offsetof(struct parser_fields, member)

const struct option parse_options[] = {
    {.name = "schema",
     .type = OPTION_JSON,
     .offset = FIELD(schema),
     .schema = "{\"type\":\"object\"}",
     .doc = "`json`: a JSON Schema that the answer is decoded against, as LangChain's "
            "PydanticOutputParser does; its `title` names it."},
    {.name = "tag_names",
     .type = OPTION_STRING_LIST,
     .offset = FIELD(tag_names),
     .doc = "`xml`: the tags that a model which mends answers is told of."},
    {.name = "values",
     .type = OPTION_STRING_LIST,
     .offset = FIELD(values),
     .doc = "`enum`: the answers that are allowed."},
    {.name = "format",
     .type = OPTION_STRING,
     .offset = FIELD(format),
     .doc = "`datetime`: the format, as Python's strptime takes it; without it "
            "`" PARSE_DATETIME_FORMAT "`."},
    {.name = "true_val",
     .type = OPTION_STRING,
     .offset = FIELD(true_val),
     .doc = "`boolean`: the word for true, `YES` when left out; case does not count."},
    {.name = "false_val",
     .type = OPTION_STRING,
     .offset = FIELD(false_val),
     .doc = "`boolean`: the word for false, `NO` when left out."},
    {.name = "regex",
     .type = OPTION_STRING,
     .offset = FIELD(regex),
     .doc = "`regex`: a regular expression as Python writes them, found anywhere in the answer; "
            "its effort is bounded."},
    {.name = "output_keys",
     .type = OPTION_STRING_LIST,
     .offset = FIELD(output_keys),
     .doc = "`regex`: under which keys its groups go, the first group first."},
    {.name = "default_output_key",
     .type = OPTION_STRING,
     .offset = FIELD(default_output_key),
     .doc = "`regex`: the key that has the whole answer where nothing matches; without it that is "
            "an error."},
    {.name = "tools",
     .type = OPTION_JSON,
     .offset = FIELD(tools),
     .schema = "{\"type\":\"object\",\"minProperties\":1}",
     .doc = "`tools`: a mapping of tools' names to the JSON Schemas that their arguments are "
            "decoded against; gives the arguments alone (PydanticToolsParser)."},
    {.name = "key_name",
     .type = OPTION_STRING,
     .offset = FIELD(key_name),
     .doc = "`tools`: only the calls of this tool, and of them the arguments "
            "(JsonOutputKeyToolsParser)."},
    {.name = "first_tool_only",
     .type = OPTION_BOOL,
     .fallback = "false",
     .offset = FIELD(first_tool_only),
     .doc = "`tools`: the first call, or null, instead of a list."},
    {.name = "return_id",
     .type = OPTION_BOOL,
     .fallback = "false",
     .offset = FIELD(return_id),
     .doc = "`tools`: with the calls' ids."},
    {.name = "parser",
     .type = OPTION_NODE,
     .offset = FIELD(parser),
     .schema = "{\"$ref\":\"#/$defs/expression\"}",
     .doc = "`fixing`, `retry`: the parser that reads the answers."},
    {.name = "llm",
     .type = OPTION_NODE,
     .offset = FIELD(llm),
     .schema = "{\"$ref\":\"#/$defs/expression\"}",
     .doc = "`fixing`, `retry`: the model that is asked for a better answer, with a prompt of "
            "langserved's."},
    {.name = "retry_chain",
     .type = OPTION_NODE,
     .offset = FIELD(retry_chain),
     .schema = "{\"$ref\":\"#/$defs/expression\"}",
     .doc = "`fixing`, `retry`: instead of `llm` any expression that gives the better answer; "
            "its input is `{instructions, completion, error}`, or `{prompt, completion}`."},
    {.name = "max_retries",
     .type = OPTION_INT,
     .offset = FIELD(max_retries),
     .fallback = "1",
     .min = 0,
     .max = 100,
     .doc = "`fixing`, `retry`: how often a better answer is asked for."},
    {.name = "with_error",
     .type = OPTION_BOOL,
     .fallback = "false",
     .offset = FIELD(with_error),
     .doc = "`retry`: the chain is told `error` too (RetryWithErrorOutputParser)."},
    {.name = NULL},
};

/* Tells of options that are another parser's, and of those that are missing. */
static bool check_options(struct builder *builder, const struct parser *parser,
                          const struct node *map, struct place place)
{
    size_t before = builder->problems->told;
    for (const struct option *row = parse_options; row->name; row++) {
        const struct node *given = map ? node_get(map, row->name) : NULL;
        if (given && !text_is_any(row->name, parser->takes))
            problems_error(builder->problems, given->place, "'%s' is no option of parse: %s",
                           row->name, parser->name);
    }
    for (const char *const *name = parser->required; *name; name++)
        if (!node_says(map, *name))
            problems_error(builder->problems, place, "parse: %s needs '%s'", parser->name, *name);
    return builder->problems->told == before;
}

struct runnable *build_parse(struct builder *builder, const struct node *value,
                             const struct node *map)
{
    const char *names[32];
    size_t count = 0;
    struct parser_fields fields = {0};
    for (const struct parser *parser = parsers; parser->name; parser++)
        names[count++] = parser->name;
    names[count] = NULL;
    if (value->kind != NODE_STRING) {
        problems_error(builder->problems, value->place,
                       "parse: expected the name of a parser, such as json, not %s",
                       node_kind_name(value->kind));
        return NULL;
    }
    const char *name = value->as.string.text;
    const struct parser *parser = parser_find(name);
    if (!parser) {
        problems_unknown(builder->problems, value->place, "parser", name, names);
        return NULL;
    }
    size_t before = builder->problems->told;
    if (map)
        kind_options_read(builder, "parse", map, &fields);
    bool well = check_options(builder, parser, map, value->place);
    return well && builder->problems->told == before
               ? parser->build(builder, value->place, map, &fields)
               : NULL;
}
