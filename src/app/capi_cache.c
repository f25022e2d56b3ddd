/* include/langserved/runnable.h: caches */
#include "app/capi.h"

ls_runnable *ls_with_cache(ls_runnable *runnable, long ttl_milliseconds,
                           const ls_cache_options *options)
{
    static const char function[] = "ls_with_cache()";
    static const ls_cache_options none;
    runnable = capi_with(runnable, function, "cache");
    struct arena *arena = runnable->arena;
    struct node *map = node_new(arena, NODE_MAP, capi_place(function));
    options = options ? options : &none;
    capi_set_text(arena, map, function, "ttl", arena_printf(arena, "%ldms", ttl_milliseconds));
    capi_set_text(arena, map, function, "mark", options->mark);
    capi_set_text(arena, map, function, "version", options->version);
    struct node *by = options->by ? node_new(arena, NODE_LIST, capi_place(function)) : NULL;
    for (size_t i = 0; by && options->by[i]; i++)
        node_append(arena, by, capi_text(arena, function, options->by[i]));
    if (by)
        node_set(arena, map, "by", by);
    return capi_with_node(runnable, "cache", map);
}
