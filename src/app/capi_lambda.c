/* include/langserved/lambda.h: the constructors.  What a function itself calls is in
 * src/stages/lambda_call.c and lambda_await.c. */
#include "app/capi.h"
#include "stages/lambda.h"

static void free_code(void *code)
{
    lambda_code_rele(code);
}

static ls_runnable *of_function(const char *constructor, enum lambda_form form,
                                union lambda_function function, void *data,
                                void (*free_data)(void *data))
{
    ls_runnable *runnable = capi_runnable_new();
    struct arena *arena = runnable->arena;
    struct place place = capi_place(constructor);
    struct lambda_code *code = lambda_code_new(form, function, data, free_data);
    struct node *value = node_new(arena, function.plain ? NODE_NATIVE : NODE_NULL, place);
    arena_defer(arena, free_code, code);
    if (function.plain)
        value->as.native = code;
    runnable->node = node_new(arena, NODE_MAP, place);
    node_set(arena, runnable->node, "lambda", value);
    return runnable;
}

ls_runnable *ls_lambda(ls_function *function, void *data, void (*free_data)(void *data))
{
    return of_function("ls_lambda()", LAMBDA_PLAIN, (union lambda_function){.plain = function},
                       data, free_data);
}

ls_runnable *ls_lambda_blocking(ls_function *function, void *data, void (*free_data)(void *data))
{
    return of_function("ls_lambda_blocking()", LAMBDA_BLOCKING,
                       (union lambda_function){.plain = function}, data, free_data);
}

ls_runnable *ls_lambda_async(ls_async_function *function, void *data, void (*free_data)(void *data))
{
    return of_function("ls_lambda_async()", LAMBDA_ASYNC,
                       (union lambda_function){.async = function}, data, free_data);
}

ls_runnable *ls_generator(ls_generator_function *function, void *data,
                          void (*free_data)(void *data))
{
    return of_function("ls_generator()", LAMBDA_GENERATOR,
                       (union lambda_function){.generator = function}, data, free_data);
}

ls_runnable *ls_transform(ls_transform_function *function, void *data,
                          void (*free_data)(void *data))
{
    return of_function("ls_transform()", LAMBDA_TRANSFORM,
                       (union lambda_function){.transform = function}, data, free_data);
}

ls_runnable *ls_lambda_plugin(const char *path, const char *function)
{
    static const char constructor[] = "ls_lambda_plugin()";
    ls_runnable *runnable = capi_runnable_new();
    struct arena *arena = runnable->arena;
    struct node *value = node_new(arena, NODE_MAP, capi_place(constructor));
    node_set(arena, value, "plugin", capi_text(arena, constructor, path));
    node_set(arena, value, "function", capi_text(arena, constructor, function));
    runnable->node = node_new(arena, NODE_MAP, capi_place(constructor));
    node_set(arena, runnable->node, "lambda", value);
    return runnable;
}
