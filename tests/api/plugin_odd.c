/* A plugin that was made wrong, in the way that the environment's ODD names. */
#include <langserved/plugin.h>
#include <stdlib.h>
#include <string.h>

static enum ls_err nothing(ls_call *call, json_t *input, json_t **output)
{
    (void)call, (void)input, (void)output;
    return LS_OK;
}

static enum ls_err wrong(ls_call *call, json_t *input, json_t **output)
{
    (void)call, (void)input;
    *output = json_string("dropped");
    return (enum ls_err)4711;
}

const ls_plugin *ls_plugin_v1(void)
{
    static const ls_plugin_function functions[] = {
        {.name = "none"},
        {.name = "two", .plain = nothing, .blocking = nothing},
        {.name = "nothing", .plain = nothing},
        {.name = "wrong", .plain = wrong},
        {.name = NULL},
    };
    static ls_plugin plugin = {LS_PLUGIN_ABI, "odd", functions};
    const char *odd = getenv("ODD");
    if (odd && strcmp(odd, "null") == 0)
        return NULL;
    if (odd && strcmp(odd, "future") == 0)
        plugin.abi = 7;
    return &plugin;
}
