/* `structured_output`, as LangChain's with_structured_output(): parameters that make a model say
 * JSON of a schema, and the parser that reads it. */
#include <string.h>

#include "app/schema_option.h"
#include "app/wraps.h"
#include "models/tool_form.h"
#include "stages/assign.h"
#include "stages/bind.h"
#include "stages/fallbacks.h"
#include "stages/parallel.h"
#include "stages/parse_json.h"
#include "stages/parse_tools.h"
#include "stages/pick.h"
#include "stages/sequence.h"
#include "stages/value.h"
#include "yaml/option.h"

enum method { METHOD_USUAL, METHOD_TOOL, METHOD_SCHEMA, METHOD_JSON };

struct structured_fields {
    json_t *schema;
    int method;
    bool strict, include_raw;
};

static const char *const methods[] = {"auto", "function_calling", "json_schema", "json_mode", NULL};

#define FIELD(member) offsetof(struct structured_fields, member)

const struct option structured_options[] = {
    {.name = "schema",
     .type = OPTION_JSON,
     .offset = FIELD(schema),
     .required = true,
     .schema = "{\"type\":\"object\"}",
     .doc = "JSON Schema of the output. Its `title` names the tool or format that the provider is "
            "told of, its `description` describes it."},
    {.name = "method",
     .type = OPTION_ENUM,
     .offset = FIELD(method),
     .fallback = "auto",
     .choices = methods,
     .doc = "`function_calling`: the model must call a tool with these arguments; `json_schema`: "
            "the provider keeps it to the schema; `json_mode`: it says JSON of any form, and the "
            "prompt asks for the right one. `auto` is `json_schema`, with Anthropic "
            "`function_calling`."},
    {.name = "strict",
     .type = OPTION_BOOL,
     .offset = FIELD(strict),
     .fallback = "false",
     .doc = "Whether the provider is to keep strictly to the schema, where it can be told so."},
    {.name = "include_raw",
     .type = OPTION_BOOL,
     .offset = FIELD(include_raw),
     .fallback = "false",
     .doc = "Gives `{raw, parsed, parsing_error}`: the message too, and what is wrong with it "
            "instead of an error."},
    {.name = NULL},
};

/* The first chat model in a runnable, or NULL. */
static const struct runnable *model_in(const struct runnable *runnable)
{
    const struct runnable *part, *found = NULL;
    const char *label;
    if (runnable->ops->step == STEP_CHAT_MODEL)
        return runnable;
    if (!runnable->ops->part)
        return NULL;
    for (unsigned i = 0; !found && (part = runnable->ops->part(runnable, i, &label)); i++)
        found = model_in(part);
    return found;
}

/* Anthropic has no mode of JSON without a schema. */
static enum method choose_method(enum method said, const struct runnable *model)
{
    bool anthropic = strcmp(model->ops->type, "ChatAnthropic") == 0;
    if (said == METHOD_USUAL)
        return anthropic ? METHOD_TOOL : METHOD_SCHEMA;
    return said == METHOD_JSON && anthropic ? METHOD_SCHEMA : said;
}

/* The schema as a function {name, description, parameters} (new reference). */
static json_t *function_of(json_t *schema)
{
    json_auto_t *titled = json_copy(schema);
    if (!json_is_string(json_object_get(titled, "title")))
        json_object_set_new(titled, "title", json_string("output"));
    return tool_function(titled);
}

/* What goes with every call (new reference), in the form that all providers' dialects take. */
static json_t *parameters_of(const struct structured_fields *fields, enum method method,
                             json_t *function)
{
    json_t *schema = json_object_get(function, "parameters");
    if (method == METHOD_JSON)
        return json_pack("{s:{s:s}}", "response_format", "type", "json_object");
    if (method == METHOD_TOOL)
        return json_pack("{s:[O],s:O,s:b,s:b}", "tools", function, "tool_choice",
                         json_object_get(function, "name"), "parallel_tool_calls", 0, "strict",
                         fields->strict);
    json_auto_t *closed = fields->strict ? tool_strict_schema(schema) : json_incref(schema);
    return json_pack("{s:{s:s,s:{s:O,s:O*,s:b,s:O}}}", "response_format", "type", "json_schema",
                     "json_schema", "name", json_object_get(function, "name"), "description",
                     json_object_get(function, "description"), "strict", fields->strict, "schema",
                     closed);
}

static struct runnable *parser_of(enum method method, const json_t *function)
{
    const struct tool_results_options options = {
        .key_name = json_string_value(json_object_get(function, "name")),
        .first_tool_only = true,
    };
    return method == METHOD_TOOL ? parse_tools_new(&options) : parse_json_new();
}

static struct runnable *sequence_of(struct runnable *first, struct runnable *second)
{
    struct runnable *parts[] = {first, second};
    return sequence_new(parts, 2);
}

static struct runnable *null_value(void)
{
    json_auto_t *null = json_null();
    return value_new(null);
}

/* {raw} | ({raw, parsed, parsing_error}, or where that fails, with the error and no `parsed`) */
static struct runnable *with_raw(struct runnable *model, struct runnable *parser)
{
    static const char *const raw[] = {"raw"}, *const parsed[] = {"parsed", "parsing_error"};
    const struct fallbacks_options options = {.key = "parsing_error"};
    struct runnable *well[] = {sequence_of(pick_one_new("raw"), parser), null_value()};
    struct runnable *failed[] = {null_value()};
    struct runnable *tries[] = {assign_new(parallel_new(parsed, well, 2)),
                                assign_new(parallel_new(parsed, failed, 1))};
    struct runnable *made =
        sequence_of(parallel_new(raw, &model, 1), fallbacks_new(tries, 2, &options));
    made->output = json_pack("{s:s,s:s,s:{s:{},s:{},s:{}}}", "title", "StructuredOutput", "type",
                             "object", "properties", "raw", "parsed", "parsing_error");
    return made;
}

struct runnable *wrap_structured_output(struct builder *builder, const struct node *node,
                                        struct runnable *bound)
{
    struct structured_fields fields = {0};
    const struct runnable *model = model_in(bound);
    if (node->kind != NODE_MAP || !model) {
        problems_error(builder->problems, node->place,
                       model ? "structured_output: expected a mapping, such as {schema: …}"
                             : "structured_output: there is no chat model in this step");
        return bound;
    }
    options_read(structured_options, node, &fields, NULL, "structured_output", builder->arena,
                 builder->problems);
    schema_option_check(builder, node, "schema", &fields.schema);
    if (!fields.schema)
        return bound;
    enum method method = choose_method((enum method)fields.method, model);
    json_auto_t *function = function_of(fields.schema);
    json_auto_t *parameters = parameters_of(&fields, method, function);
    struct runnable *asked = bind_new(bound, parameters);
    struct runnable *parser = parser_of(method, function);
    return fields.include_raw ? with_raw(asked, parser) : sequence_of(asked, parser);
}
