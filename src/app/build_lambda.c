/* `lambda`: Lua, a function of a plugin, or one that the C API gave. */
#include "app/build.h"
#include "stages/lambda.h"

static struct runnable *build_native(struct builder *builder, const struct node *value)
{
    struct lambda_code *code = value->as.native;
    if (code->form == LAMBDA_ASYNC || code->form == LAMBDA_GENERATOR)
        builder->by_name = true;
    return lambda_new(code, NULL);
}

struct runnable *build_lambda(struct builder *builder, const struct node *value,
                              const struct node *map)
{
    if (value->kind == NODE_NATIVE)
        return build_native(builder, value);
    if (value->kind == NODE_MAP && node_get(value, "plugin"))
        return build_plugin_lambda(builder, value, map);
    return build_lua_lambda(builder, value, map);
}
