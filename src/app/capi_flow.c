/* include/langserved/runnable.h: what decides which runnable runs, and when it is tried again. */
#include "app/capi.h"

static struct node *new_map(struct arena *arena, const char *function)
{
    return node_new(arena, NODE_MAP, capi_place(function));
}

/* Pairs of a condition and a runnable, and the default behind them. */
static struct node *take_arms(struct arena *arena, const char *function, ls_runnable *first,
                              va_list args)
{
    struct node *list = node_new(arena, NODE_LIST, capi_place(function));
    for (ls_runnable *one = first; one;) {
        ls_runnable *then = va_arg(args, ls_runnable *);
        struct node *arm = new_map(arena, function);
        node_set(arena, arm, then ? "if" : "else", capi_take(arena, function, one));
        if (then)
            node_set(arena, arm, "then", capi_take(arena, function, then));
        node_append(arena, list, arm);
        one = then ? va_arg(args, ls_runnable *) : NULL;
    }
    return list;
}

ls_runnable *ls_branch(ls_runnable *condition, ...)
{
    static const char function[] = "ls_branch()";
    ls_runnable *runnable = capi_runnable_new();
    va_list args;
    va_start(args, condition);
    struct node *arms = take_arms(runnable->arena, function, condition, args);
    va_end(args);
    return capi_of_kind(runnable, function, "branch", arms);
}

ls_runnable *ls_map(ls_runnable *each)
{
    static const char function[] = "ls_map()";
    ls_runnable *runnable = capi_runnable_new();
    return capi_of_kind(runnable, function, "map", capi_take(runnable->arena, function, each));
}

ls_runnable *ls_router(const char *key, ...)
{
    static const char function[] = "ls_router()";
    ls_runnable *runnable = capi_runnable_new();
    va_list args;
    va_start(args, key);
    struct node *map = capi_take_pairs(runnable->arena, function, key, args);
    va_end(args);
    return capi_of_kind(runnable, function, "router", map);
}

ls_runnable *ls_with_bind(ls_runnable *runnable, const char *json)
{
    return capi_with_json(runnable, "ls_with_bind()", "bind", json);
}

ls_runnable *ls_with_structured_output(ls_runnable *runnable, const char *json)
{
    return capi_with_json(runnable, "ls_with_structured_output()", "structured_output", json);
}

ls_runnable *ls_with_config(ls_runnable *runnable, const char *json)
{
    return capi_with_json(runnable, "ls_with_config()", "config", json);
}

ls_runnable *ls_with_measure(ls_runnable *runnable, const char *json)
{
    return capi_with_json(runnable, "ls_with_measure()", "measure", json);
}

static void set_ms(struct arena *arena, struct node *map, const char *function, const char *key,
                   long ms)
{
    if (ms != 0)
        node_set(arena, map, key, capi_text(arena, function, arena_printf(arena, "%ldms", ms)));
}

ls_runnable *ls_with_retry(ls_runnable *runnable, const ls_retry_options *options)
{
    static const char function[] = "ls_with_retry()";
    runnable = capi_with(runnable, function, "retry");
    struct arena *arena = runnable->arena;
    struct node *map = new_map(arena, function);
    if (options && options->attempts != 0)
        node_set(arena, map, "attempts",
                 capi_text(arena, function, arena_printf(arena, "%d", options->attempts)));
    if (options && options->no_jitter)
        node_set(arena, map, "jitter", capi_json(arena, function, "false"));
    set_ms(arena, map, function, "initial", options ? options->initial_ms : 0);
    set_ms(arena, map, function, "max", options ? options->max_ms : 0);
    if (options && options->on) {
        struct node *codes = node_new(arena, NODE_LIST, capi_place(function));
        for (size_t i = 0; options->on[i]; i++)
            node_append(arena, codes, capi_text(arena, function, options->on[i]));
        node_set(arena, map, "on", codes);
    }
    return capi_with_node(runnable, "retry", map);
}

static ls_runnable *with_fallbacks(ls_runnable *runnable, const char *function, const char *key,
                                   ls_runnable *first, va_list args)
{
    runnable = capi_with(runnable, function, "fallbacks");
    struct arena *arena = runnable->arena;
    struct node *list = capi_take_list(arena, function, first, args);
    if (!key)
        return capi_with_node(runnable, "fallbacks", list);
    struct node *map = new_map(arena, function);
    node_set(arena, map, "runnables", list);
    node_set(arena, map, "exception_key", capi_text(arena, function, key));
    return capi_with_node(runnable, "fallbacks", map);
}

ls_runnable *ls_with_fallbacks(ls_runnable *runnable, ls_runnable *first, ...)
{
    va_list args;
    va_start(args, first);
    runnable = with_fallbacks(runnable, "ls_with_fallbacks()", NULL, first, args);
    va_end(args);
    return runnable;
}

ls_runnable *ls_with_fallbacks_told(ls_runnable *runnable, const char *key, ls_runnable *first, ...)
{
    va_list args;
    va_start(args, first);
    runnable = with_fallbacks(runnable, "ls_with_fallbacks_told()", key ? key : "", first, args);
    va_end(args);
    return runnable;
}

ls_runnable *ls_with_listeners(ls_runnable *runnable, ls_runnable *start, ls_runnable *end,
                               ls_runnable *error)
{
    static const char function[] = "ls_with_listeners()";
    runnable = capi_with(runnable, function, "listeners");
    struct arena *arena = runnable->arena;
    struct node *map = new_map(arena, function);
    if (start)
        node_set(arena, map, "start", capi_take(arena, function, start));
    if (end)
        node_set(arena, map, "end", capi_take(arena, function, end));
    if (error)
        node_set(arena, map, "error", capi_take(arena, function, error));
    return capi_with_node(runnable, "listeners", map);
}

ls_runnable *ls_with_configurable(ls_runnable *runnable, const char *json)
{
    static const char function[] = "ls_with_configurable()";
    runnable = capi_with(runnable, function, "configurable");
    struct node *map = new_map(runnable->arena, function);
    node_set(runnable->arena, map, "fields", capi_json(runnable->arena, function, json));
    return capi_with_node(runnable, "configurable", map);
}

ls_runnable *ls_with_alternatives(ls_runnable *runnable, const char *id,
                                  const ls_choice_options *options, const char *key, ...)
{
    static const char function[] = "ls_with_alternatives()";
    runnable = capi_with(runnable, function, "configurable");
    struct arena *arena = runnable->arena;
    struct node *choice = new_map(arena, function), *map = new_map(arena, function);
    va_list args;
    va_start(args, key);
    node_set(arena, choice, "options", capi_take_pairs(arena, function, key, args));
    va_end(args);
    capi_set_text(arena, choice, function, "id", id);
    capi_set_text(arena, choice, function, "name", options ? options->name : NULL);
    capi_set_text(arena, choice, function, "description", options ? options->description : NULL);
    capi_set_text(arena, choice, function, "default", options ? options->default_key : NULL);
    if (options && options->prefix_keys)
        node_set(arena, choice, "prefix_keys", capi_json(arena, function, "true"));
    node_set(arena, map, "alternatives", choice);
    return capi_with_node(runnable, "configurable", map);
}
