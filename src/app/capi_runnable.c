/* include/langserved/runnable.h */
#include <stdarg.h>

#include "app/capi.h"

ls_runnable *capi_runnable_new(void)
{
    struct arena *arena = arena_new(0);
    ls_runnable *runnable = arena_zalloc(arena, sizeof *runnable);
    runnable->arena = arena;
    return runnable;
}

ls_runnable *capi_of_kind(ls_runnable *runnable, const char *function, const char *key,
                          struct node *value)
{
    runnable->node = node_new(runnable->arena, NODE_MAP, capi_place(function));
    node_set(runnable->arena, runnable->node, key, value);
    return runnable;
}

static ls_runnable *of_text(const char *function, const char *key, const char *text)
{
    ls_runnable *runnable = capi_runnable_new();
    return capi_of_kind(runnable, function, key, capi_text(runnable->arena, function, text));
}

ls_runnable *ls_prompt(const char *text)
{
    return of_text("ls_prompt()", "prompt", text);
}

ls_runnable *ls_template(const char *text)
{
    return of_text("ls_template()", "template", text);
}

ls_runnable *ls_message(const char *role, const char *text)
{
    static const char function[] = "ls_message()";
    ls_runnable *runnable = capi_runnable_new();
    runnable->node = node_new(runnable->arena, NODE_LIST, capi_place(function));
    node_append(runnable->arena, runnable->node, capi_text(runnable->arena, function, role));
    node_append(runnable->arena, runnable->node, capi_text(runnable->arena, function, text));
    return runnable;
}

ls_runnable *ls_placeholder(const char *variable, int optional)
{
    static const char function[] = "ls_placeholder()";
    ls_runnable *runnable = of_text(function, "placeholder", variable);
    struct node *flag = node_new(runnable->arena, NODE_BOOL, capi_place(function));
    flag->as.boolean = optional != 0;
    node_set(runnable->arena, runnable->node, "optional", flag);
    return runnable;
}

struct node *capi_take_list(struct arena *arena, const char *function, ls_runnable *first,
                            va_list args)
{
    struct node *list = node_new(arena, NODE_LIST, capi_place(function));
    for (ls_runnable *part = first; part; part = va_arg(args, ls_runnable *))
        node_append(arena, list, capi_take(arena, function, part));
    return list;
}

ls_runnable *ls_messages(ls_runnable *first, ...)
{
    static const char function[] = "ls_messages()";
    ls_runnable *runnable = capi_runnable_new();
    va_list args;
    va_start(args, first);
    struct node *list = capi_take_list(runnable->arena, function, first, args);
    va_end(args);
    return capi_of_kind(runnable, function, "prompt", list);
}

ls_runnable *ls_sequence(ls_runnable *first, ...)
{
    ls_runnable *runnable = capi_runnable_new();
    va_list args;
    va_start(args, first);
    runnable->node = capi_take_list(runnable->arena, "ls_sequence()", first, args);
    va_end(args);
    return runnable;
}

ls_runnable *ls_chain(ls_runnable *chain)
{
    static const char function[] = "ls_chain()";
    ls_runnable *runnable = capi_runnable_new();
    return capi_of_kind(runnable, function, "chain", capi_take(runnable->arena, function, chain));
}

ls_runnable *ls_model(const char *provider, const char *model, const ls_model_options *options)
{
    static const char function[] = "ls_model()";
    ls_runnable *runnable = capi_runnable_new();
    struct arena *arena = runnable->arena;
    struct node *map = node_new(arena, NODE_MAP, capi_place(function));
    node_set(arena, map, "provider", capi_text(arena, function, provider));
    if (model)
        node_set(arena, map, "model", capi_text(arena, function, model));
    if (options && options->base_url)
        node_set(arena, map, "base_url", capi_text(arena, function, options->base_url));
    if (options && options->api_key)
        node_set(arena, map, "api_key", capi_text(arena, function, options->api_key));
    capi_merge(arena, map, function, options ? options->more : NULL);
    return capi_of_kind(runnable, function, "model", map);
}

struct node *capi_take_pairs(struct arena *arena, const char *function, const char *first,
                             va_list args)
{
    struct node *map = node_new(arena, NODE_MAP, capi_place(function));
    for (const char *key = first; key; key = va_arg(args, const char *)) {
        struct node *value = capi_take(arena, function, va_arg(args, ls_runnable *));
        if (node_get(map, key)) {
            value =
                capi_text(arena, function, arena_printf(arena, "the key '%s', given twice,", key));
            key = arena_printf(arena, "%s (again)", key);
        }
        node_set(arena, map, key, value);
    }
    return map;
}

ls_runnable *ls_parallel(const char *key, ...)
{
    static const char function[] = "ls_parallel()";
    ls_runnable *runnable = capi_runnable_new();
    va_list args;
    va_start(args, key);
    struct node *map = capi_take_pairs(runnable->arena, function, key, args);
    va_end(args);
    return capi_of_kind(runnable, function, "parallel", map);
}

ls_runnable *ls_assign(const char *key, ...)
{
    static const char function[] = "ls_assign()";
    ls_runnable *runnable = capi_runnable_new();
    va_list args;
    va_start(args, key);
    struct node *map = capi_take_pairs(runnable->arena, function, key, args);
    va_end(args);
    return capi_of_kind(runnable, function, "assign", map);
}

ls_runnable *ls_pick(const char *key)
{
    return of_text("ls_pick()", "pick", key);
}

ls_runnable *ls_pick_many(const char *key, ...)
{
    static const char function[] = "ls_pick_many()";
    ls_runnable *runnable = capi_runnable_new();
    struct node *list = node_new(runnable->arena, NODE_LIST, capi_place(function));
    va_list args;
    va_start(args, key);
    for (; key; key = va_arg(args, const char *))
        node_append(runnable->arena, list, capi_text(runnable->arena, function, key));
    va_end(args);
    return capi_of_kind(runnable, function, "pick", list);
}

ls_runnable *ls_named(const char *name)
{
    ls_runnable *runnable = capi_runnable_new();
    runnable->node = capi_text(runnable->arena, "ls_named()", name);
    return runnable;
}

ls_runnable *ls_passthrough(void)
{
    ls_runnable *runnable = capi_runnable_new();
    runnable->node = capi_text(runnable->arena, "ls_passthrough()", "passthrough");
    return runnable;
}

ls_runnable *ls_remote(const char *url, const ls_remote_options *options)
{
    static const char function[] = "ls_remote()";
    ls_runnable *runnable = of_text(function, "remote", url);
    struct arena *arena = runnable->arena;
    if (options && options->headers)
        node_set(arena, runnable->node, "headers", capi_json(arena, function, options->headers));
    capi_merge(arena, runnable->node, function, options ? options->more : NULL);
    return runnable;
}

ls_runnable *ls_value(const char *json)
{
    static const char function[] = "ls_value()";
    ls_runnable *runnable = capi_runnable_new();
    return capi_of_kind(runnable, function, "value", capi_json(runnable->arena, function, json));
}

ls_runnable *capi_with(ls_runnable *runnable, const char *function, const char *key)
{
    if (runnable && runnable->node->kind == NODE_MAP && !node_get(runnable->node, key))
        return runnable;
    ls_runnable *chain = capi_runnable_new();
    return capi_of_kind(chain, function, "chain", capi_take(chain->arena, function, runnable));
}

ls_runnable *capi_with_node(ls_runnable *runnable, const char *key, struct node *value)
{
    node_set(runnable->arena, runnable->node, key, value);
    return runnable;
}

ls_runnable *ls_with_name(ls_runnable *runnable, const char *name)
{
    static const char function[] = "ls_with_name()";
    runnable = capi_with(runnable, function, "name");
    return capi_with_node(runnable, "name", capi_text(runnable->arena, function, name));
}

ls_runnable *ls_with_tags(ls_runnable *runnable, const char *const *tags)
{
    static const char function[] = "ls_with_tags()";
    runnable = capi_with(runnable, function, "tags");
    struct node *list = node_new(runnable->arena, NODE_LIST, capi_place(function));
    for (size_t i = 0; tags && tags[i]; i++)
        node_append(runnable->arena, list, capi_text(runnable->arena, function, tags[i]));
    return capi_with_node(runnable, "tags", list);
}

ls_runnable *capi_with_json(ls_runnable *runnable, const char *function, const char *key,
                            const char *json)
{
    runnable = capi_with(runnable, function, key);
    return capi_with_node(runnable, key, capi_json(runnable->arena, function, json));
}

ls_runnable *ls_with_metadata(ls_runnable *runnable, const char *json)
{
    return capi_with_json(runnable, "ls_with_metadata()", "metadata", json);
}

ls_runnable *ls_with_input(ls_runnable *runnable, const char *json_schema)
{
    return capi_with_json(runnable, "ls_with_input()", "input", json_schema);
}

ls_runnable *ls_with_output(ls_runnable *runnable, const char *json_schema)
{
    return capi_with_json(runnable, "ls_with_output()", "output", json_schema);
}

ls_runnable *ls_with_timeout(ls_runnable *runnable, long milliseconds)
{
    static const char function[] = "ls_with_timeout()";
    runnable = capi_with(runnable, function, "timeout");
    char *text = arena_printf(runnable->arena, "%ldms", milliseconds);
    return capi_with_node(runnable, "timeout", capi_text(runnable->arena, function, text));
}

void ls_runnable_free(ls_runnable *runnable)
{
    if (!runnable)
        return;
    struct arena *arena = runnable->arena;
    arena_free(&arena);
}
