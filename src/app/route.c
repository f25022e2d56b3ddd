#include "app/route.h"

#include <string.h>

#include "app/build.h"
#include "routes/config.h"
#include "run/configurable.h"
#include "stages/labelled.h"

/* What is wrong with a path, or NULL. */
static const char *path_fault(const char *path)
{
    size_t len = strlen(path);
    if (*path == '\0' || strcmp(path, "/") == 0)
        return NULL;
    if (*path != '/')
        return "a path begins with '/'";
    if (path[len - 1] == '/')
        return "a path does not end in '/'";
    if (strstr(path, "//"))
        return "a path has no empty segment";
    for (const char *c = path; *c; c++)
        if ((unsigned char)*c <= ' ' || *c == 0x7f || strchr("?#%\"<>\\^`{|}", *c))
            return "a path holds no blanks and none of ? # % \" < > \\ ^ ` { | }";
    return NULL;
}

static const char *endpoint_name(size_t i)
{
    return langserve_endpoints[i].name;
}

static void read_endpoints(struct builder *builder, const struct node *map,
                           const struct option_strings *names, struct route *route)
{
    const char *known[16] = {NULL};
    for (size_t i = 0; endpoint_name(i) && i < 15; i++)
        known[i] = endpoint_name(i);
    if (!names->items)
        return;
    route->endpoints = json_array();
    for (size_t i = 0; i < names->count; i++) {
        size_t k = 0;
        while (known[k] && strcmp(known[k], names->items[i]) != 0)
            k++;
        if (!known[k])
            problems_unknown(builder->problems, node_get(map, "endpoints")->place, "endpoint",
                             names->items[i], known);
        json_array_append_new(route->endpoints, json_string(names->items[i]));
    }
}

static void read_config_keys(struct builder *builder, const struct node *map,
                             const struct option_strings *keys, struct route *route)
{
    route->config_keys = 0;
    for (size_t i = 0; i < keys->count; i++) {
        unsigned k = 0;
        while (config_key_names[k] && strcmp(config_key_names[k], keys->items[i]) != 0)
            k++;
        if (config_key_names[k])
            route->config_keys |= 1u << k;
        else
            problems_unknown(builder->problems, node_get(map, "config_keys")->place, "config key",
                             keys->items[i], config_key_names);
    }
}

/* A runnable with the schemas that the route declares. */
static struct runnable *with_schemas(struct runnable *runnable, const struct route_options *options)
{
    if (!options->input && !options->output)
        return runnable;
    struct runnable *labelled = labelled_new(runnable);
    labelled->input = json_incref(options->input);
    labelled->output = json_incref(options->output);
    return labelled;
}

static void read_map(struct builder *builder, const struct node *map,
                     const struct route_options *options, struct route *route)
{
    static const char *const methods[] = {"POST", "GET"};
    route->style = (enum route_style)options->style;
    route->method = methods[options->method];
    read_config_keys(builder, map, &options->config_keys, route);
    read_endpoints(builder, map, &options->endpoints, route);
    if (options->check)
        route->checks = options->check->kind == NODE_NATIVE
                            ? options->check->as.native
                            : build_lua_check(builder, options->check);
    if (options->errors >= 0)
        route->errors = (enum error_shape)options->errors;
    if (options->upstream_errors >= 0)
        route->tells_upstream = options->upstream_errors == 1;
    if (route->style != STYLE_REST && node_get(map, "method"))
        problems_error(builder->problems, node_get(map, "method")->place,
                       "method: only a route with `as: rest` has one");
}

/* Parts that describe one id of `configurable` in two ways are a mistake. */
static void check_specs(struct builder *builder, struct place place,
                        const struct runnable *runnable)
{
    struct config_specs specs;
    size_t i;
    json_t *id;
    config_specs_init(&specs);
    config_specs_of(runnable, &specs);
    json_array_foreach(specs.clashes, i, id)
        problems_error(builder->problems, place,
                       "two parts of the chain describe the configurable '%s' in two ways",
                       json_string_value(id));
    config_specs_fini(&specs);
}

/* The route of one member of the section, or NULL when it has a mistake. */
static struct route *build_route(struct builder *builder, const struct app *app,
                                 const struct node_member *member)
{
    const struct node *node = member->value;
    struct route_options options = {.errors = -1, .upstream_errors = -1};
    bool map = node->kind == NODE_MAP;
    if (map)
        options_read(route_options, node, &options, NULL, "route", builder->arena,
                     builder->problems);
    else
        options.chain = node;
    struct runnable *runnable = options.chain ? build_expression(builder, options.chain) : NULL;
    if (!runnable)
        return NULL;
    check_specs(builder, member->key_place, runnable);
    const char *path = strcmp(member->key, "/") == 0 ? "" : member->key;
    struct route *route = route_new(path, with_schemas(runnable, &options));
    route->errors = (enum error_shape)app->server.errors;
    route->tells_upstream = app->server.upstream_errors == 1;
    route->checks_output = route->runnable->output != NULL;
    if (map)
        read_map(builder, node, &options, route);
    return route;
}

static void add_route(struct builder *builder, struct app *app, const struct node_member *member)
{
    char why[256];
    const char *taken;
    const char *fault = path_fault(member->key);
    if (fault) {
        problems_error(builder->problems, member->key_place, "'%s': %s", member->key, fault);
        return;
    }
    struct route *route = build_route(builder, app, member);
    if (!route)
        return;
    if (route_compile(route, why) != LS_OK)
        problems_error(builder->problems, member->key_place, "%s: %s", member->key, why);
    else if (site_add(app->site, route, &taken) != LS_OK)
        problems_error(builder->problems, member->key_place, "two routes on the path %s", taken);
    else {
        app->route_places[app->site->count - 1] = member->key_place;
        return;
    }
    route_free(route);
}

void routes_build(struct builder *builder, struct app *app, const struct node *section)
{
    size_t count = section ? section->as.map.count : 0;
    app->route_places = arena_zalloc(app->arena, (count + 1) * sizeof *app->route_places);
    for (size_t i = 0; i < count; i++)
        add_route(builder, app, &section->as.map.members[i]);
}
