/* include/langserved/app.h */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/app.h"
#include "app/capi.h"
#include "app/master.h"
#include "app/worker.h"
#include "base/list.h"
#include "base/log.h"
#include "gates/api_key.h"
#include "loop/net.h"
#include "routes/modify.h"
#include "schema/schema.h"

struct ls_app {
    struct arena *arena;
    struct node *root, *info, *chains, *routes, *server, *store, *lua, *auth, *metrics,
        *prices;              /* the sections of a YAML file */
    struct problems mistakes; /* that the tree cannot hold */
};

static struct node *add_section(ls_app *app, const char *name)
{
    struct node *section = node_new(app->arena, NODE_MAP, capi_place("ls_app_new()"));
    node_set(app->arena, app->root, name, section);
    return section;
}

ls_app *ls_app_new(const char *title, const char *version)
{
    static const char function[] = "ls_app_new()";
    struct arena *arena = arena_new(0);
    ls_app *app = arena_zalloc(arena, sizeof *app);
    app->arena = arena;
    app->root = node_new(arena, NODE_MAP, capi_place(function));
    app->info = add_section(app, "app");
    node_set(arena, app->info, "title", capi_text(arena, function, title));
    node_set(arena, app->info, "version", capi_text(arena, function, version));
    app->chains = add_section(app, "chains");
    app->routes = add_section(app, "routes");
    app->server = add_section(app, "server");
    app->store = add_section(app, "store");
    app->lua = add_section(app, "lua");
    app->metrics = add_section(app, "metrics");
    app->prices = add_section(app, "prices");
    problems_init(&app->mistakes);
    return app;
}

void ls_app_free(ls_app *app)
{
    if (!app)
        return;
    struct arena *arena = app->arena;
    problems_fini(&app->mistakes);
    arena_free(&arena);
}

/* Adds a member to a section, once. */
static void add(ls_app *app, struct node *section, const char *function, const char *key,
                struct node *value)
{
    if (!key)
        problems_error(&app->mistakes, capi_place(function), "a name is missing");
    else if (node_get(section, key))
        problems_error(&app->mistakes, capi_place(function), "'%s' was added already", key);
    else
        node_set_at(app->arena, section,
                    (struct node_member){.key = arena_strdup(app->arena, key),
                                         .key_len = strlen(key),
                                         .key_place = capi_place(function),
                                         .value = value});
}

void ls_app_describe(ls_app *app, const char *description)
{
    static const char function[] = "ls_app_describe()";
    add(app, app->info, function, "description", capi_text(app->arena, function, description));
}

struct native_check {
    struct schema_check check;
    ls_check *function;
};

static bool run_check(const struct schema_check *check, const json_t *value, struct buf *why)
{
    char sentence[512] = "";
    const struct native_check *native = container_of(check, const struct native_check, check);
    bool right = native->function(check->owner, value, sentence, sizeof sentence);
    if (!right)
        buf_add_str(why, sentence);
    return right;
}

static struct node *check_node(struct arena *arena, const char *function,
                               const ls_route_options *options)
{
    struct node *node = node_new(arena, NODE_NATIVE, capi_place(function));
    struct native_check *native = arena_zalloc(arena, sizeof *native);
    native->check = (struct schema_check){.fn = run_check, .owner = options->check_data};
    native->function = options->check;
    node->as.native = &native->check;
    return node;
}

const char *ls_request_header(const ls_request *request, const char *name)
{
    return http_request_header((const struct http_request *)request, name);
}

const char *ls_request_caller(const ls_request *request)
{
    const struct api_key *caller = ((const struct http_request *)request)->caller;
    return caller ? caller->name : NULL;
}

bool ls_request_cookie(const ls_request *request, const char *name, char *value, size_t size)
{
    size_t len;
    const struct sent sent = {.cookie = true, .name = name};
    const char *found = sent_value((const struct http_request *)request, &sent, &len);
    if (!found || len >= size)
        return false;
    memcpy(value, found, len);
    value[len] = '\0';
    return true;
}

struct native_modifier {
    struct config_modifier modifier;
    ls_modifier *function;
    void *data;
};

static int run_modifier(void *owner, const struct http_request *request, json_t *config, char *why,
                        size_t size)
{
    const struct native_modifier *native = owner;
    return native->function(native->data, (const ls_request *)request, config, why, size);
}

/* The program's function in the place of `config_from`. */
static void add_modifier(ls_app *app, struct node *route, const char *function,
                         const ls_route_options *options)
{
    if (node_get(route, "config_from")) {
        problems_error(&app->mistakes, capi_place(function),
                       "`modify` stands instead of `config_from`");
        return;
    }
    struct node *node = node_new(app->arena, NODE_NATIVE, capi_place(function));
    struct native_modifier *native = arena_zalloc(app->arena, sizeof *native);
    *native = (struct native_modifier){.function = options->modify, .data = options->modify_data};
    native->modifier = (struct config_modifier){.modify = run_modifier, .owner = native};
    node->as.native = &native->modifier;
    node_set(app->arena, route, "config_from", node);
}

void ls_add_routes(ls_app *app, ls_runnable *runnable, const char *path,
                   const ls_route_options *options)
{
    static const char function[] = "ls_add_routes()";
    struct arena *arena = app->arena;
    struct node *route = node_new(arena, NODE_MAP, capi_place(function));
    node_set(arena, route, "chain", capi_take(arena, function, runnable));
    if (options && options->input)
        node_set(arena, route, "input", capi_json(arena, function, options->input));
    if (options && options->output)
        node_set(arena, route, "output", capi_json(arena, function, options->output));
    if (options && options->check)
        node_set(arena, route, "check", check_node(arena, function, options));
    capi_merge(arena, route, function, options ? options->more : NULL);
    if (options && options->modify)
        add_modifier(app, route, function, options);
    add(app, app->routes, function, path, route);
}

void ls_add_chain(ls_app *app, const char *name, ls_runnable *runnable)
{
    static const char function[] = "ls_add_chain()";
    add(app, app->chains, function, name, capi_take(app->arena, function, runnable));
}

static void configure(ls_app *app, struct node *section, const char *function, const char *json)
{
    if (json)
        capi_merge(app->arena, section, function, json);
    else
        problems_error(&app->mistakes, capi_place(function), "a JSON object is missing");
}

void ls_app_configure(ls_app *app, const char *json)
{
    configure(app, app->server, "ls_app_configure()", json);
}

void ls_app_configure_store(ls_app *app, const char *json)
{
    configure(app, app->store, "ls_app_configure_store()", json);
}

void ls_app_configure_auth(ls_app *app, const char *json)
{
    static const char function[] = "ls_app_configure_auth()";
    if (!app->auth) {
        app->auth = node_new(app->arena, NODE_MAP, capi_place(function));
        node_set(app->arena, app->root, "auth", app->auth);
    }
    configure(app, app->auth, function, json);
}

void ls_app_configure_lua(ls_app *app, const char *json)
{
    configure(app, app->lua, "ls_app_configure_lua()", json);
}

void ls_add_metric(ls_app *app, const char *name, const char *json)
{
    static const char function[] = "ls_add_metric()";
    struct node *metric = node_new(app->arena, NODE_MAP, capi_place(function));
    capi_merge(app->arena, metric, function, json ? json : "");
    add(app, app->metrics, function, name, metric);
}

void ls_add_price(ls_app *app, const char *model, const char *json)
{
    static const char function[] = "ls_add_price()";
    struct node *price = node_new(app->arena, NODE_MAP, capi_place(function));
    capi_merge(app->arena, price, function, json ? json : "");
    add(app, app->prices, function, model, price);
}

/* Builds the app; what is wrong with it and not yet known is added to `found`. */
static struct app *build(ls_app *app, struct problems *found)
{
    struct app *built = app_build(arena_new(1 << 14), app->root, found);
    if (app->mistakes.errors > 0)
        app_free(&built);
    return built;
}

/* All mistakes and warnings as one text (free() it). */
static char *report_of(const ls_app *app, const struct problems *found)
{
    struct buf text;
    buf_init(&text, 16 << 20);
    problems_print(&app->mistakes, &text);
    problems_print(found, &text);
    return buf_take(&text);
}

enum ls_err ls_app_check(ls_app *app, char **report)
{
    struct problems found;
    problems_init(&found);
    struct app *built = build(app, &found);
    enum ls_err err = built ? LS_OK : LS_BAD_CONFIG;
    app_free(&built);
    if (report)
        *report = report_of(app, &found);
    problems_fini(&found);
    return err;
}

/* The app, with the log that it wants and its warnings in there; NULL: told why not. */
static struct app *build_to_serve(ls_app *app)
{
    struct problems found;
    problems_init(&found);
    struct app *built = build(app, &found);
    if (built) {
        app_set_log(built);
        problems_log(&app->mistakes, APP_WARNING);
        problems_log(&found, APP_WARNING);
    } else {
        char *report = report_of(app, &found);
        fputs(report, stderr);
        free(report);
    }
    problems_fini(&found);
    return built;
}

static void on_ready(void *owner, const char *url)
{
    log_event(LOG_INFO, "serving", "\"%s\" on %s", (const char *)owner, url);
}

/* Serves in this process. */
static int serve_here(struct app *built, const char *host, int port)
{
    char why[256];
    int fd;
    if (net_bind(&fd, host, &port, why) != LS_OK) {
        log_event(LOG_ERROR, "listen_failed", "%s", why);
        app_free(&built);
        return 1;
    }
    log_event(LOG_INFO, "serving", "\"%s\" on http://%s:%d", built->info.title, host, port);
    app_make_key(built);
    if (!app_share_limits(built, NULL)) {
        close(fd);
        app_free(&built);
        return 1;
    }
    const struct worker_setup setup = {
        .app = built, .listeners = &fd, .listener_count = 1, .lifeline = -1};
    return worker_run(&setup);
}

int ls_app_serve(ls_app *app, const char *host, int port)
{
    struct app *built = build_to_serve(app);
    if (!built)
        return 1;
    if (!host)
        host = built->server.host;
    if (node_get(app->server, "workers")) {
        const struct master_options options = {.host = host,
                                               .port = port > 0 ? port : -1,
                                               .on_ready = on_ready,
                                               .owner = (void *)built->info.title};
        return master_run(built, &options);
    }
    return serve_here(built, host, port > 0 ? port : (int)built->server.port);
}
