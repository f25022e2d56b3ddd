/* include/langserved/lua.h */
#include <langserved/lua.h>

#include "app/capi.h"

static ls_runnable *of_source(const char *constructor, const char *key, const char *source)
{
    ls_runnable *runnable = capi_runnable_new();
    return capi_of_kind(runnable, constructor, key,
                        capi_text(runnable->arena, constructor, source));
}

static ls_runnable *of_file(const char *constructor, const char *key, const char *path,
                            const char *function)
{
    ls_runnable *runnable = capi_runnable_new();
    struct arena *arena = runnable->arena;
    struct node *value = node_new(arena, NODE_MAP, capi_place(constructor));
    node_set(arena, value, "file", capi_text(arena, constructor, path));
    node_set(arena, value, "function", capi_text(arena, constructor, function));
    return capi_of_kind(runnable, constructor, key, value);
}

ls_runnable *ls_lambda_lua(const char *source)
{
    return of_source("ls_lambda_lua()", "lambda", source);
}

ls_runnable *ls_lambda_lua_file(const char *path, const char *function)
{
    return of_file("ls_lambda_lua_file()", "lambda", path, function);
}

ls_runnable *ls_generator_lua(const char *source)
{
    return of_source("ls_generator_lua()", "generator", source);
}

ls_runnable *ls_generator_lua_file(const char *path, const char *function)
{
    return of_file("ls_generator_lua_file()", "generator", path, function);
}
