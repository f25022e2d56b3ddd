/* `lambda: {plugin: FILE, function: NAME}`: functions of shared objects.
 *
 * A plugin stays loaded: a function of it may still run on a thread when the app is gone. */
#include <dlfcn.h>
#include <langserved/plugin.h>
#include <string.h>
#include <unistd.h>

#include "app/build.h"
#include "stages/lambda.h"
#include "yaml/option.h"

enum { MAX_FUNCTIONS = 1000 }; /* of one plugin */

struct plugin_lambda {
    const char *plugin, *function;
};

static const struct option plugin_options[] = {
    {.name = "plugin",
     .type = OPTION_STRING,
     .required = true,
     .offset = offsetof(struct plugin_lambda, plugin),
     .doc = "The shared object; a relative path starts at this file's folder."},
    {.name = "function",
     .type = OPTION_STRING,
     .required = true,
     .offset = offsetof(struct plugin_lambda, function),
     .doc = "The name of a function in the plugin's table."},
    {.name = NULL},
};

typedef const ls_plugin *entry_fn(void);

/* A path with a slash in it, for dlopen() looks for others in the system's folders; a relative one
 * is taken from the folder of the file it stands in. */
static const char *path_of(struct arena *arena, const char *path, struct place place)
{
    const char *slash = place.line > 0 && place.file ? strrchr(place.file, '/') : NULL;
    if (*path == '/')
        return path;
    if (!slash)
        return arena_printf(arena, "./%s", path);
    return arena_printf(arena, "%.*s/%s", (int)(slash - place.file), place.file, path);
}

/* The entry point of the object at `path`; NULL, and told, when there is none. */
static entry_fn *load(struct builder *builder, const char *path, struct place place)
{
    if (access(path, F_OK) != 0) {
        problems_error(builder->problems, place, "there is no plugin %s", path);
        return NULL;
    }
    void *object = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!object) {
        problems_error(builder->problems, place, "the plugin cannot be loaded: %s", dlerror());
        return NULL;
    }
    entry_fn *entry = NULL;
    *(void **)&entry = dlsym(object, "ls_plugin_v1"); /* POSIX' way to a function pointer */
    if (!entry)
        problems_error(builder->problems, place,
                       "%s is no plugin for this version of langserved: it does not define "
                       "ls_plugin_v%d()",
                       path, LS_PLUGIN_ABI);
    dlclose(object);
    return entry;
}

static const ls_plugin *find_plugin(struct builder *builder, const struct node *value,
                                    const char *given)
{
    struct place place = node_get(value, "plugin")->place;
    const char *path = path_of(builder->arena, given, place);
    entry_fn *entry = load(builder, path, place);
    const ls_plugin *plugin = entry ? entry() : NULL;
    if (!entry)
        return NULL;
    if (!plugin || plugin->abi != LS_PLUGIN_ABI) {
        problems_error(builder->problems, place,
                       "the plugin %s was made for version %u of the interface; this is version %d",
                       path, plugin ? plugin->abi : 0, LS_PLUGIN_ABI);
        return NULL;
    }
    return plugin;
}

static const ls_plugin_function *find_function(struct builder *builder, const struct node *value,
                                               const ls_plugin *plugin, const char *name)
{
    const char **names = arena_zalloc(builder->arena, (MAX_FUNCTIONS + 1) * sizeof *names);
    const ls_plugin_function *row = plugin->functions;
    for (size_t i = 0; row && row->name && i < MAX_FUNCTIONS; row++) {
        if (strcmp(row->name, name) == 0)
            return row;
        names[i++] = row->name;
    }
    problems_unknown(builder->problems, node_get(value, "function")->place,
                     arena_printf(builder->arena, "function of the plugin %s", plugin->name), name,
                     names);
    return NULL;
}

/* The forms that a row has: `form` and `function` are of the last. */
static int forms_of(const ls_plugin_function *row, enum lambda_form *form,
                    union lambda_function *function)
{
    const struct {
        enum lambda_form form;
        union lambda_function function;
        bool given;
    } forms[] = {
        {LAMBDA_PLAIN, {.plain = row->plain}, row->plain},
        {LAMBDA_BLOCKING, {.plain = row->blocking}, row->blocking},
        {LAMBDA_ASYNC, {.async = row->async}, row->async},
        {LAMBDA_GENERATOR, {.generator = row->generator}, row->generator},
        {LAMBDA_TRANSFORM, {.transform = row->transform}, row->transform},
    };
    int count = 0;
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (!forms[i].given)
            continue;
        count++;
        *form = forms[i].form;
        *function = forms[i].function;
    }
    return count;
}

/* The code of a row, which must have exactly one form; else NULL, and told. */
static struct lambda_code *code_of(struct builder *builder, const struct node *value,
                                   const ls_plugin_function *row)
{
    enum lambda_form form;
    union lambda_function function;
    if (forms_of(row, &form, &function) != 1) {
        problems_error(builder->problems, node_get(value, "function")->place,
                       "the plugin's function %s must have exactly one form", row->name);
        return NULL;
    }
    builder->by_name |= form != LAMBDA_PLAIN && form != LAMBDA_BLOCKING;
    return lambda_code_new(form, function, NULL, NULL);
}

struct runnable *build_plugin_lambda(struct builder *builder, const struct node *value,
                                     const struct node *map)
{
    (void)map;
    struct plugin_lambda asked = {0};
    options_read(plugin_options, value, &asked, NULL, "plugin", builder->arena, builder->problems);
    if (!asked.plugin || !asked.function)
        return NULL;
    const ls_plugin *plugin = find_plugin(builder, value, asked.plugin);
    const ls_plugin_function *row =
        plugin ? find_function(builder, value, plugin, asked.function) : NULL;
    struct lambda_code *code = row ? code_of(builder, value, row) : NULL;
    struct runnable *built = code ? lambda_new(code, row->name) : NULL;
    lambda_code_rele(code);
    return built;
}
