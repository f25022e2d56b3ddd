/* include/langserved/runnable.h: the guard. */
#include "app/capi.h"

ls_runnable *ls_guard(const char *options)
{
    static const char function[] = "ls_guard()";
    ls_runnable *runnable = capi_runnable_new();
    struct arena *arena = runnable->arena;
    return capi_of_kind(runnable, function, "guard",
                        options ? capi_json(arena, function, options)
                                : capi_text(arena, function, "reject"));
}
