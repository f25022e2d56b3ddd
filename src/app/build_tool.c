/* `tool` and `retriever`: what has a body. */
#include "app/build_tool.h"

#include "app/build.h"
#include "app/kinds.h"
#include "app/schema_option.h"
#include "stages/retriever.h"
#include "stages/tool.h"

struct fields {
    const char *description;
    json_t *args;
};

#define FIELD(member) offsetof(struct fields, member)

const struct option tool_options[] = {
    {.name = "description",
     .type = OPTION_STRING,
     .offset = FIELD(description),
     .doc = "What the tool does, for the model that may call it."},
    {.name = "args",
     .type = OPTION_JSON,
     .offset = FIELD(args),
     .schema = "{\"type\":\"object\"}",
     .doc = "JSON Schema of its arguments, an object: `{properties: {a: {type: integer}}, "
            "required: [a]}`. Arguments are checked and completed as a route's input is."},
    {.name = NULL},
};

/* A body that is nothing but a function is no step of its own. */
static bool is_bare(const struct node *value)
{
    return value->kind == NODE_MAP && value->as.map.count == 1 && node_get(value, "lambda");
}

/* The body: Lua, or any expression that is no text or a text that names a runnable. */
static struct runnable *build_body(struct builder *builder, const struct node *value, bool *bare)
{
    bool is_lua = value->kind == NODE_STRING && !builder_knows(builder, value->as.string.text);
    *bare = is_lua || is_bare(value);
    return is_lua ? build_lambda_text(builder, value) : build_expression(builder, value);
}

struct runnable *build_tool(struct builder *builder, const struct node *value,
                            const struct node *map)
{
    struct fields fields = {0};
    struct runnable *tool = NULL;
    char why[256];
    bool bare;
    kind_options_read(builder, "tool", map, &fields);
    schema_option_check(builder, map, "args", &fields.args);
    if (!node_get(map, "name"))
        problems_error(builder->problems, map->place,
                       "a tool has a name, by which it is called: `name: multiply`");
    struct runnable *body = build_body(builder, value, &bare);
    const struct tool_options options = {.description = fields.description,
                                         .args = fields.args,
                                         .bare = bare};
    if (body && tool_new(&tool, &options, body, why) != LS_OK)
        problems_error(builder->problems, map->place, "args: %s", why);
    return tool;
}

struct runnable *build_retriever(struct builder *builder, const struct node *value,
                                 const struct node *map)
{
    bool bare;
    struct runnable *body = build_body(builder, value, &bare);
    (void)map;
    return body ? retriever_new(body, bare) : NULL;
}
