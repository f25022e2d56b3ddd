/* Plugins: C functions in a shared object that an app names in YAML.
 *
 *     lambda: {plugin: ./words.so, function: count}
 *
 *     static const ls_plugin_function functions[] = {
 *         {.name = "count", .plain = count},
 *         {.name = "look_up", .blocking = look_up},
 *         {.name = NULL},
 *     };
 *
 *     const ls_plugin *ls_plugin_v1(void)
 *     {
 *         static const ls_plugin plugin = {LS_PLUGIN_ABI, "words", functions};
 *         return &plugin;
 *     }
 *
 *     cc -shared -fPIC words.c -o words.so $(pkg-config --cflags --libs jansson)
 *
 * The functions that a plugin calls (langserved/lambda.h) are those of the program that loads it.
 * A plugin is loaded before the server's processes are made, and stays loaded. */
#pragma once

#include <langserved/lambda.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LS_PLUGIN_ABI 1

/* A row of a plugin's table: a name and a function of exactly one form. */
typedef struct ls_plugin_function {
    const char *name;
    ls_function *plain;               /* quick; on the loop's thread */
    ls_function *blocking;            /* may wait; on a thread of a pool */
    ls_async_function *async;         /* answers later */
    ls_generator_function *generator; /* makes chunks */
    ls_transform_function *transform; /* makes chunks of chunks */
} ls_plugin_function;

typedef struct ls_plugin {
    unsigned abi;                        /* LS_PLUGIN_ABI */
    const char *name;                    /* what it is called in messages */
    const ls_plugin_function *functions; /* ends with a row whose name is NULL */
} ls_plugin;

/* What a plugin defines; the number is that of LS_PLUGIN_ABI. */
__attribute__((visibility("default"))) const ls_plugin *ls_plugin_v1(void);

#ifdef __cplusplus
}
#endif
