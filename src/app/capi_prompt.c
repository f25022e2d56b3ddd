/* include/langserved/runnable.h: prompts beyond a single text. */
#include <stdarg.h>

#include "app/capi.h"

/* {file: path} */
static struct node *file_node(struct arena *arena, const char *function, const char *path)
{
    struct node *map = node_new(arena, NODE_MAP, capi_place(function));
    node_set(arena, map, "file", capi_text(arena, function, path));
    return map;
}

ls_runnable *ls_prompt_file(const char *path)
{
    static const char function[] = "ls_prompt_file()";
    ls_runnable *runnable = capi_runnable_new();
    return capi_of_kind(runnable, function, "prompt", file_node(runnable->arena, function, path));
}

ls_runnable *ls_template_file(const char *path)
{
    static const char function[] = "ls_template_file()";
    ls_runnable *runnable = capi_runnable_new();
    return capi_of_kind(runnable, function, "template", file_node(runnable->arena, function, path));
}

/* [role, content] */
static ls_runnable *message_of(ls_runnable *runnable, const char *function, const char *role,
                               struct node *content)
{
    runnable->node = node_new(runnable->arena, NODE_LIST, capi_place(function));
    node_append(runnable->arena, runnable->node, capi_text(runnable->arena, function, role));
    node_append(runnable->arena, runnable->node, content);
    return runnable;
}

ls_runnable *ls_message_file(const char *role, const char *path)
{
    static const char function[] = "ls_message_file()";
    ls_runnable *runnable = capi_runnable_new();
    return message_of(runnable, function, role, file_node(runnable->arena, function, path));
}

ls_runnable *ls_message_parts(const char *role, const char *json)
{
    static const char function[] = "ls_message_parts()";
    ls_runnable *runnable = capi_runnable_new();
    return message_of(runnable, function, role, capi_json(runnable->arena, function, json));
}

static struct node *int_node(struct arena *arena, const char *function, int value)
{
    struct node *node = node_new(arena, NODE_INT, capi_place(function));
    node->as.integer = value;
    return node;
}

ls_runnable *ls_placeholder_last(const char *variable, int optional, int n_messages)
{
    ls_runnable *runnable = ls_placeholder(variable, optional);
    node_set(runnable->arena, runnable->node, "n_messages",
             int_node(runnable->arena, "ls_placeholder_last()", n_messages));
    return runnable;
}

ls_runnable *ls_messages_of(ls_runnable *prompt)
{
    static const char function[] = "ls_messages_of()";
    ls_runnable *runnable = capi_runnable_new();
    return capi_of_kind(runnable, function, "messages",
                        capi_take(runnable->arena, function, prompt));
}

/* The list within ls_messages(), or whatever else was given. */
static struct node *list_of(struct node *prompt)
{
    const struct node *list = prompt->kind == NODE_MAP ? node_get(prompt, "prompt") : NULL;
    return list ? (struct node *)list : prompt;
}

ls_runnable *ls_few_shot(const ls_few_shot_options *options)
{
    static const char function[] = "ls_few_shot()";
    static const ls_few_shot_options none = {0};
    ls_runnable *runnable = capi_runnable_new();
    struct arena *arena = runnable->arena;
    struct node *map = node_new(arena, NODE_MAP, capi_place(function));
    options = options ? options : &none;
    node_set(arena, map, "examples", capi_json(arena, function, options->examples));
    if (options->messages)
        node_set(arena, map, "example", list_of(capi_take(arena, function, options->messages)));
    else
        node_set(arena, map, "example", capi_text(arena, function, options->example));
    if (options->prefix)
        node_set(arena, map, "prefix", capi_text(arena, function, options->prefix));
    if (options->suffix)
        node_set(arena, map, "suffix", capi_text(arena, function, options->suffix));
    if (options->separator)
        node_set(arena, map, "separator", capi_text(arena, function, options->separator));
    if (options->max_length)
        node_set(arena, map, "max_length", int_node(arena, function, options->max_length));
    if (options->measure)
        node_set(arena, map, "measure", capi_text(arena, function, options->measure));
    return capi_of_kind(runnable, function, "few_shot", map);
}

ls_runnable *ls_with_format(ls_runnable *prompt, const char *format)
{
    static const char function[] = "ls_with_format()";
    prompt = capi_with(prompt, function, "format");
    return capi_with_node(prompt, "format", capi_text(prompt->arena, function, format));
}

ls_runnable *ls_with_partial(ls_runnable *prompt, const char *json)
{
    return capi_with_json(prompt, "ls_with_partial()", "partial", json);
}

ls_runnable *ls_with_partial_from(ls_runnable *prompt, const char *name, ...)
{
    static const char function[] = "ls_with_partial_from()";
    va_list args;
    prompt = capi_with(prompt, function, "partial_from");
    va_start(args, name);
    struct node *map = capi_take_pairs(prompt->arena, function, name, args);
    va_end(args);
    return capi_with_node(prompt, "partial_from", map);
}
