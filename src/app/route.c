#include "app/route.h"

#include <string.h>

#include "app/build.h"
#include "app/build_auth.h"
#include "app/build_guard.h"
#include "app/route_request.h"
#include "app/route_resumable.h"
#include "app/schema_option.h"
#include "app/wraps.h"
#include "routes/config.h"
#include "run/configurable.h"
#include "stages/labelled.h"

const char *route_path_fault(const char *path)
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

/* A set of words: the bits of their places in `all`. */
static unsigned bits_of(const struct option_strings *words, const char *const *all)
{
    unsigned bits = 0;
    for (size_t i = 0; i < words->count; i++)
        for (unsigned k = 0; all[k]; k++)
            if (strcmp(all[k], words->items[i]) == 0)
                bits |= 1u << k;
    return bits;
}

/* Says that an option stands in a route of the other style. */
static void refuse_option(struct builder *builder, const struct node *map, const char *name,
                          const char *why)
{
    const struct node *value = node_get(map, name);
    if (value && value->kind != NODE_NULL)
        problems_error(builder->problems, value->place, "%s: %s", name, why);
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

/* What is about LangServe's endpoints. */
static const char *const of_endpoints[] = {"endpoints",
                                           "disabled_endpoints",
                                           "callback_events",
                                           "feedback",
                                           "feedback_keys",
                                           "feedback_lifetime",
                                           "public_trace_link",
                                           "feedback_store",
                                           "playground_type",
                                           "resumable",
                                           NULL};

static void read_options(struct builder *builder, const struct node *map,
                         struct route_options *options)
{
    options_read(route_options, map, options, NULL, "route", builder->arena, builder->problems);
    schema_option_check(builder, map, "input", &options->input);
    schema_option_check(builder, map, "output", &options->output);
    if (options->style == STYLE_LANGSERVE)
        refuse_option(builder, map, "method", "only a route with `as: rest` has one");
    for (int i = 0; options->style == STYLE_REST && of_endpoints[i]; i++)
        refuse_option(builder, map, of_endpoints[i],
                      "a route with `as: rest` has one endpoint only");
    if (options->endpoints.count > 0 && options->disabled_endpoints.count > 0)
        refuse_option(builder, map, "disabled_endpoints", "not beside `endpoints`");
}

static void set_feedback(struct builder *builder, struct route *route,
                         const struct route_options *options)
{
    enum { MAX_KEY = 256 };
    route->feedback = options->feedback;
    route->public_trace_link = options->public_trace_link;
    route->feedback_store = (enum feedback_store)options->feedback_store;
    route->feedback_keys = options->feedback_keys.items;
    route->feedback_key_count = options->feedback_keys.count;
    route->feedback_lifetime = options->feedback_lifetime;
    for (size_t i = 0; i < route->feedback_key_count; i++) {
        size_t len = strlen(route->feedback_keys[i]);
        if (len == 0 || len > MAX_KEY)
            problems_error(builder->problems, options->chain->place,
                           "feedback_keys: a key has 1 to %d bytes", MAX_KEY);
    }
}

static void set_limits(struct builder *builder, struct route *route, const struct node *map,
                       const struct route_options *options)
{
    route->limits =
        build_limits(builder->arena, builder->problems, map, &options->limits, route->path);
    check_concurrency(builder->problems, map, &options->concurrency, "`max_concurrent`");
    route->concurrency = options->concurrency;
    route->concurrency.key = route;
}

static void set_options(struct builder *builder, struct route *route, const struct node *map,
                        const struct route_options *options)
{
    static const char *const methods[] = {"POST", "GET"};
    route->style = (enum route_style)options->style;
    route->method = methods[options->method];
    route->config_keys = bits_of(&options->config_keys, config_key_names);
    route->switched_off = options->endpoints.items
                              ? ~bits_of(&options->endpoints, endpoint_switches)
                              : bits_of(&options->disabled_endpoints, endpoint_switches);
    route->required = build_requirements(builder, options->require);
    route->modifier = build_modifier(builder, route, options->config_from, options->deny);
    if (options->stream_names.items)
        route->stream_names = option_strings_json(&options->stream_names);
    route->stream_bytes = (size_t)options->stream_value_limit;
    route->events_v1 = options->events_version == 0;
    route->callback_events = options->callback_events;
    route->chat_playground = options->playground_type == 1;
    set_feedback(builder, route, options);
    set_limits(builder, route, map, options);
    route->resumable = build_resumption(builder, options->resumable);
    if (options->check)
        route->checks = options->check->kind == NODE_NATIVE
                            ? options->check->as.native
                            : build_lua_check(builder, options->check);
    if (options->errors >= 0)
        route->errors = (enum error_shape)options->errors;
    if (options->upstream_errors >= 0)
        route->tells_upstream = options->upstream_errors == 1;
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

/* The runnable behind the route's guard, if it has one. */
static struct runnable *with_guard(struct builder *builder, struct runnable *runnable,
                                   const struct node *guard)
{
    struct guard_rules rules;
    if (!guard)
        return runnable;
    (void)read_guard(builder, guard, &rules); /* mistakes are told */
    return guarded_new(runnable, &rules);
}

/* The route of one member of the section, or NULL when it has a mistake. */
static struct route *build_route(struct builder *builder, const struct app *app,
                                 const struct node_member *member)
{
    const struct node *node = member->value;
    struct route_options options = {.errors = -1, .upstream_errors = -1};
    bool map = node->kind == NODE_MAP;
    if (map)
        read_options(builder, node, &options);
    else
        options.chain = node;
    struct runnable *runnable = options.chain ? build_expression(builder, options.chain) : NULL;
    if (!runnable)
        return NULL;
    if (options.cache && options.cache->kind != NODE_NULL)
        runnable = wrap_cache(builder, options.cache, options.chain, runnable);
    runnable = with_guard(builder, runnable, options.guard);
    check_specs(builder, member->key_place, runnable);
    const char *path = strcmp(member->key, "/") == 0 ? "" : member->key;
    struct route *route = route_new(path, with_schemas(runnable, &options));
    route->errors = (enum error_shape)app->server.errors;
    route->tells_upstream = app->server.upstream_errors == 1;
    route->auth = build_route_auth(builder, options.auth, app->site->auth);
    route->checks_output = route->runnable->output != NULL;
    if (map)
        set_options(builder, route, node, &options);
    return route;
}

/* Adds a route to the site; false, and told, when it cannot be. */
static bool add_to_site(struct builder *builder, struct app *app, struct route *route,
                        const struct node_member *member)
{
    char why[256];
    const char *taken;
    if (route_compile(route, why) != LS_OK)
        problems_error(builder->problems, member->key_place, "%s: %s", member->key, why);
    else if (site_add(app->site, route, &taken) != LS_OK)
        problems_error(builder->problems, member->key_place, "two routes on the path %s", taken);
    else
        return true;
    return false;
}

/* Builds the chain of a wrong path, too: it may have mistakes of its own. */
static void add_route(struct builder *builder, struct app *app, const struct node_member *member)
{
    const char *fault = route_path_fault(member->key);
    if (fault)
        problems_error(builder->problems, member->key_place, "'%s': %s", member->key, fault);
    struct route *route = build_route(builder, app, member);
    if (!route)
        return;
    if (!fault && add_to_site(builder, app, route, member))
        app->route_places[app->site->count - 1] = member->key_place;
    else
        route_free(route);
}

void routes_build(struct builder *builder, struct app *app, const struct node *section)
{
    size_t count = section ? section->as.map.count : 0;
    app->route_places = arena_zalloc(app->arena, (count + 1) * sizeof *app->route_places);
    for (size_t i = 0; i < count; i++)
        add_route(builder, app, &section->as.map.members[i]);
}
