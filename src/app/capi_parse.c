/* include/langserved/runnable.h: the output parsers. */
#include "app/capi.h"

static ls_runnable *of_name(const char *function, const char *name)
{
    ls_runnable *runnable = capi_runnable_new();
    return capi_of_kind(runnable, function, "parse", capi_text(runnable->arena, function, name));
}

ls_runnable *ls_parse(const char *name)
{
    return of_name("ls_parse()", name);
}

ls_runnable *ls_parse_with(const char *name, const char *options)
{
    static const char function[] = "ls_parse_with()";
    ls_runnable *runnable = of_name(function, name);
    capi_merge(runnable->arena, runnable->node, function, options);
    return runnable;
}

ls_runnable *ls_str_parser(void)
{
    return of_name("ls_str_parser()", "str");
}

ls_runnable *ls_json_parser(void)
{
    return of_name("ls_json_parser()", "json");
}

ls_runnable *ls_list_parser(void)
{
    return of_name("ls_list_parser()", "list");
}

ls_runnable *ls_numbered_list_parser(void)
{
    return of_name("ls_numbered_list_parser()", "numbered_list");
}

ls_runnable *ls_markdown_list_parser(void)
{
    return of_name("ls_markdown_list_parser()", "markdown_list");
}

ls_runnable *ls_xml_parser(void)
{
    return of_name("ls_xml_parser()", "xml");
}

ls_runnable *ls_json_schema_parser(const char *json_schema)
{
    static const char function[] = "ls_json_schema_parser()";
    ls_runnable *runnable = of_name(function, "json");
    struct node *schema = capi_json(runnable->arena, function, json_schema);
    return capi_with_node(runnable, "schema", schema);
}

/* A list of texts, NULL-terminated, as an option. */
static void set_texts(ls_runnable *runnable, const char *function, const char *key,
                      const char *const *texts)
{
    struct node *list = node_new(runnable->arena, NODE_LIST, capi_place(function));
    for (; texts && *texts; texts++)
        node_append(runnable->arena, list, capi_text(runnable->arena, function, *texts));
    (void)capi_with_node(runnable, key, list);
}

static void set_flag(ls_runnable *runnable, const char *function, const char *key, int flag)
{
    struct node *node = node_new(runnable->arena, NODE_BOOL, capi_place(function));
    node->as.boolean = flag != 0;
    (void)capi_with_node(runnable, key, node);
}

static void set_text(ls_runnable *runnable, const char *function, const char *key, const char *text)
{
    capi_set_text(runnable->arena, runnable->node, function, key, text);
}

ls_runnable *ls_enum_parser(const char *const *values)
{
    static const char function[] = "ls_enum_parser()";
    ls_runnable *runnable = of_name(function, "enum");
    set_texts(runnable, function, "values", values);
    return runnable;
}

ls_runnable *ls_datetime_parser(const char *format)
{
    static const char function[] = "ls_datetime_parser()";
    ls_runnable *runnable = of_name(function, "datetime");
    set_text(runnable, function, "format", format);
    return runnable;
}

ls_runnable *ls_boolean_parser(const char *true_val, const char *false_val)
{
    static const char function[] = "ls_boolean_parser()";
    ls_runnable *runnable = of_name(function, "boolean");
    set_text(runnable, function, "true_val", true_val);
    set_text(runnable, function, "false_val", false_val);
    return runnable;
}

ls_runnable *ls_regex_parser(const char *regex, const char *const *keys, const char *default_key)
{
    static const char function[] = "ls_regex_parser()";
    ls_runnable *runnable = of_name(function, "regex");
    (void)capi_with_node(runnable, "regex", capi_text(runnable->arena, function, regex));
    set_texts(runnable, function, "output_keys", keys);
    set_text(runnable, function, "default_output_key", default_key);
    return runnable;
}

ls_runnable *ls_tools_parser(const ls_tools_options *options)
{
    static const char function[] = "ls_tools_parser()";
    ls_runnable *runnable = of_name(function, "tools");
    if (!options)
        return runnable;
    set_text(runnable, function, "key_name", options->key_name);
    if (options->tools)
        (void)capi_with_node(runnable, "tools",
                             capi_json(runnable->arena, function, options->tools));
    set_flag(runnable, function, "first_tool_only", options->first_tool_only);
    set_flag(runnable, function, "return_id", options->return_id);
    return runnable;
}

static ls_runnable *mending(const char *function, const char *name, ls_runnable *parser,
                            ls_runnable *llm, const ls_fixing_options *options)
{
    ls_runnable *runnable = of_name(function, name);
    struct arena *arena = runnable->arena;
    (void)capi_with_node(runnable, "parser", capi_take(arena, function, parser));
    if (llm)
        (void)capi_with_node(runnable, "llm", capi_take(arena, function, llm));
    if (options && options->retry_chain)
        (void)capi_with_node(runnable, "retry_chain",
                             capi_take(arena, function, options->retry_chain));
    if (options && options->max_retries) {
        struct node *count = node_new(arena, NODE_INT, capi_place(function));
        count->as.integer = options->max_retries;
        (void)capi_with_node(runnable, "max_retries", count);
    }
    return runnable;
}

ls_runnable *ls_fixing_parser(ls_runnable *parser, ls_runnable *llm,
                              const ls_fixing_options *options)
{
    return mending("ls_fixing_parser()", "fixing", parser, llm, options);
}

ls_runnable *ls_retry_parser(ls_runnable *parser, ls_runnable *llm,
                             const ls_fixing_options *options)
{
    static const char function[] = "ls_retry_parser()";
    ls_runnable *runnable = mending(function, "retry", parser, llm, options);
    set_flag(runnable, function, "with_error", options ? options->with_error : 0);
    return runnable;
}
