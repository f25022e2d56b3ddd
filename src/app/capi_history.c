/* include/langserved/runnable.h: history */
#include "app/capi.h"

static void set_session(struct arena *arena, struct node *map, const char *function,
                        const char *const *fields)
{
    if (!fields)
        return;
    struct node *list = node_new(arena, NODE_LIST, capi_place(function));
    for (size_t i = 0; fields[i]; i++)
        node_append(arena, list, capi_text(arena, function, fields[i]));
    node_set(arena, map, "session", list);
}

ls_runnable *ls_with_history(ls_runnable *runnable, const ls_history_options *options)
{
    static const char function[] = "ls_with_history()";
    static const ls_history_options none;
    runnable = capi_with(runnable, function, "history");
    struct arena *arena = runnable->arena;
    struct node *map = node_new(arena, NODE_MAP, capi_place(function));
    options = options ? options : &none;
    capi_set_text(arena, map, function, "input", options->input);
    capi_set_text(arena, map, function, "history", options->history);
    capi_set_text(arena, map, function, "output", options->output);
    set_session(arena, map, function, options->session);
    if (options->window)
        capi_set_text(arena, map, function, "window", arena_printf(arena, "%d", options->window));
    if (options->ttl_milliseconds)
        capi_set_text(arena, map, function, "ttl",
                      arena_printf(arena, "%ldms", options->ttl_milliseconds));
    capi_merge(arena, map, function, options->more);
    return capi_with_node(runnable, "history", map);
}
