/* include/langserved/runnable.h: what has a body. */
#include "app/capi.h"

ls_runnable *ls_tool(const char *name, const char *description, const char *args_schema,
                     ls_runnable *body)
{
    static const char function[] = "ls_tool()";
    ls_runnable *runnable = capi_runnable_new();
    struct arena *arena = runnable->arena;
    capi_of_kind(runnable, function, "tool", capi_take(arena, function, body));
    node_set(arena, runnable->node, "name", capi_text(arena, function, name));
    capi_set_text(arena, runnable->node, function, "description", description);
    if (args_schema)
        node_set(arena, runnable->node, "args", capi_json(arena, function, args_schema));
    return runnable;
}

ls_runnable *ls_retriever(ls_runnable *body)
{
    static const char function[] = "ls_retriever()";
    ls_runnable *runnable = capi_runnable_new();
    return capi_of_kind(runnable, function, "retriever",
                        capi_take(runnable->arena, function, body));
}
