#include "app/app.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/build_auth.h"
#include "app/build_cors.h"
#include "app/build_health.h"
#include "app/build_metrics.h"
#include "app/build_price.h"
#include "app/builder.h"
#include "app/check.h"
#include "app/langsmith_env.h"
#include "app/otlp_env.h"
#include "app/route.h"
#include "base/id.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metrics.h"
#include "routes/answers.h"
#include "routes/docs.h"
#include "routes/stats.h"
#include "run/pace.h"
#include "stages/cache.h"
#include "store/redis.h"
#include "store/sqlite.h"
#include "yaml/yaml_read.h"

struct sections {
    const struct node *app, *server, *lua, *models, *chains, *routes, *store, *auth, *metrics,
        *prices;
};

static const struct option section_options[] = {
    {.name = "app", .type = OPTION_NODE, .offset = offsetof(struct sections, app)},
    {.name = "server", .type = OPTION_NODE, .offset = offsetof(struct sections, server)},
    {.name = "lua", .type = OPTION_NODE, .offset = offsetof(struct sections, lua)},
    {.name = "models", .type = OPTION_NODE, .offset = offsetof(struct sections, models)},
    {.name = "chains", .type = OPTION_NODE, .offset = offsetof(struct sections, chains)},
    {.name = "routes", .type = OPTION_NODE, .offset = offsetof(struct sections, routes)},
    {.name = "store", .type = OPTION_NODE, .offset = offsetof(struct sections, store)},
    {.name = "auth", .type = OPTION_NODE, .offset = offsetof(struct sections, auth)},
    {.name = "metrics", .type = OPTION_NODE, .offset = offsetof(struct sections, metrics)},
    {.name = "prices", .type = OPTION_NODE, .offset = offsetof(struct sections, prices)},
    {.name = NULL},
};

static void read_server(struct app *app, const struct node *section, struct problems *problems)
{
    options_read(server_options, section, &app->server, NULL, "server", app->arena, problems);
    const struct node *upstream = problems_map(problems, app->server.upstream, "upstream");
    const struct node *recycle = problems_map(problems, app->server.recycle, "recycle");
    options_read(upstream_options, upstream, &app->upstream, NULL, "upstream", app->arena,
                 problems);
    options_read(recycle_options, recycle, &app->recycle, NULL, "recycle", app->arena, problems);
}

static void read_prefix(struct app *app, const struct node *section, struct problems *problems)
{
    const char *path = app->server.root_path;
    const char *fault = path ? route_path_fault(path) : NULL;
    if (fault)
        problems_error(problems, node_get(section, "root_path")->place, "root_path: %s", fault);
    app->site->root_path = path && strcmp(path, "/") != 0 ? path : "";
    app->site->trusts_forwarded = app->server.trust_forwarded;
}

static void read_gates(struct app *app, const struct node *section, struct problems *problems)
{
    app->site->limits = build_limits(app->arena, problems, section, &app->server.limits, "server");
    app->site->proxies = build_proxies(app->arena, problems, section, &app->server.trusted_proxies);
    app->site->max_memory = app->server.max_memory;
}

/* After read_store(). */
static void check_limits_store(const struct app *app, const struct node *section,
                               struct problems *problems)
{
    if (app->server.limits_store == LIMITS_REDIS && !app->store.url)
        problems_error(problems, node_get(section, "limits_store")->place,
                       "limits_store: redis: there is none, for `store` has no `url`");
}

static void check_secret(const struct app *app, const struct node *section,
                         struct problems *problems)
{
    enum { MIN_SECRET = 16 };
    if (app->server.secret && strlen(app->server.secret) < MIN_SECRET)
        problems_error(problems, node_get(section, "secret")->place,
                       "secret: expected %d bytes or more", MIN_SECRET);
}

static void read_store(struct app *app, const struct node *section, struct problems *problems)
{
    struct store_options *store = &app->store;
    options_read(store_options, section, store, NULL, "store", app->arena, problems);
    if (store->url && !*store->url)
        store->url = NULL;
    if (!store->url)
        return;
    const char *why = redis_url_read(app->arena, store->url, &store->redis);
    if (why)
        problems_error(problems, node_get(section, "url")->place, "url: %s", why);
    if (node_get(section, "path"))
        problems_error(problems, node_get(section, "path")->place,
                       "path: not beside `url`: the store is a file or a Redis server");
}

static void keep_names(struct app *app, const struct builder *builder)
{
    app->names = arena_zalloc(app->arena, (builder->count + 1) * sizeof *app->names);
    for (size_t i = 0; i < builder->count; i++) {
        const struct named *named = &builder->names[i];
        if (named->runnable)
            app->names[app->name_count++] =
                (struct named_runnable){named->name, runnable_hold(named->runnable)};
    }
}

/* Keys may have limits of their own, also those that the store gets later. */
static void add_key_limits(struct app *app)
{
    struct site *site = app->site;
    bool asked_for = site->auth != NULL;
    for (size_t i = 0; i < site->count; i++)
        asked_for |= site->routes[i]->auth != NULL;
    if (asked_for)
        site->key_limits = limits_of_keys(app->arena);
}

/* What asks other servers is loaded before the server listens, and before processes part. */
static void ready_to_ask(const struct app *app, const struct builder *builder, struct place place)
{
    bool traced = app->tracing.langsmith || app->tracing.otlp;
    if (!builder->asks && !traced && !app->site->langsmith && !site_keeps_runs(app->site))
        return;
    const char *why = fetch_load();
    if (why)
        problems_error(builder->problems, place, "%s", why);
}

static void build_all(struct app *app, const struct sections *sections, struct place place,
                      struct problems *problems)
{
    struct builder builder;
    builder_init(&builder, app->arena, problems);
    builder.lua = &app->lua;
    builder.metrics = app->metrics;
    builder.prices = build_prices(app->arena, problems, sections->prices);
    builder_add_names(&builder, problems_map(problems, sections->models, "models"), NAMED_MODEL);
    builder_add_names(&builder, problems_map(problems, sections->chains, "chains"), NAMED_CHAIN);
    const struct node *auth = problems_map(problems, sections->auth, "auth");
    app->auth_place = auth ? auth->place : place;
    build_site_auth(&builder, app, auth);
    routes_build(&builder, app, problems_map(problems, sections->routes, "routes"));
    add_key_limits(app);
    builder_build_names(&builder);
    check_app(app, &builder, place);
    app->needs_store = builder.remembers;
    if (builder.caches)
        stats_add(app->site);
    if (builder.paced && !(app->paces = paces_new()))
        problems_error(problems, place, "the system has no memory for the models' rates");
    check_scopes(&builder, app);
    ready_to_ask(app, &builder, place);
    keep_names(app, &builder);
    builder_fini(&builder);
}

struct app *app_build(struct arena *arena, const struct node *root, struct problems *problems)
{
    struct app *app = arena_zalloc(arena, sizeof *app);
    struct sections sections = {0};
    struct place place = root ? root->place : (struct place){0};
    app->arena = arena;
    metrics_open();
    if (root && root->kind != NODE_MAP) {
        problems_error(problems, root->place,
                       "expected a mapping with the sections app, server, models, chains, routes, "
                       "store, auth, metrics, prices");
        root = NULL;
    }
    options_read(section_options, root, &sections, NULL, "top-level", arena, problems);
    options_read(app_options, problems_map(problems, sections.app, "app"), &app->info, NULL, "app",
                 arena, problems);
    const struct node *server = problems_map(problems, sections.server, "server");
    read_server(app, server, problems);
    options_read(lua_options, problems_map(problems, sections.lua, "lua"), &app->lua, NULL, "lua",
                 arena, problems);
    read_store(app, problems_map(problems, sections.store, "store"), problems);
    app->metrics =
        build_metrics(problems_map(problems, sections.metrics, "metrics"), arena, problems);
    app->site =
        site_new(app->info.title, app->info.version, app->info.description, app->server.index);
    app->site->errors = (enum error_shape)app->server.errors;
    app->site->openapi_style = (enum openapi_style)app->server.openapi;
    if (app->server.docs)
        docs_add(app->site);
    if (app->server.metrics)
        site_add_path(
            app->site, "/metrics",
            (struct path_entry){.method = "GET", .also = "HEAD", .answer = answer_metrics});
    app->site->langsmith = langsmith_from_env(arena, place, problems);
    app->tracing.langsmith =
        langsmith_traces_from_env(app->site->langsmith, arena, place, problems);
    app->tracing.otlp = otlp_traces_from_env(arena, place, problems);
    app->site->cors = build_cors(app->server.cors, arena, problems);
    check_secret(app, server, problems);
    check_limits_store(app, server, problems);
    read_prefix(app, server, problems);
    read_gates(app, server, problems);
    build_all(app, &sections, place, problems);
    app->health = build_health(app, problems);
    problems_sort(problems);
    if (problems->errors > 0)
        app_free(&app);
    else
        app_metrics_declare(app->metrics);
    return app;
}

struct app *app_load(const char *path, struct problems *problems)
{
    struct arena *arena = arena_new(1 << 16);
    const struct node *root = yaml_read_file(arena, path, problems);
    if (root)
        return app_build(arena, root, problems); /* which tells what else is wrong */
    arena_free(&arena);
    return NULL;
}

void app_free(struct app **app)
{
    if (!*app)
        return;
    struct arena *arena = (*app)->arena;
    for (size_t i = 0; i < (*app)->name_count; i++)
        runnable_rele((*app)->names[i].runnable);
    app_drop_limits(*app);
    site_free(&(*app)->site);
    paces_free(&(*app)->paces);
    *app = NULL;
    arena_free_secret(&arena);
}

struct runnable *app_find(const struct app *app, const char *name)
{
    for (size_t i = 0; i < app->name_count; i++)
        if (strcmp(app->names[i].name, name) == 0)
            return app->names[i].runnable;
    return NULL;
}

const struct runnable *app_find_for_run(const void *owner, const char *name)
{
    return app_find(owner, name);
}

struct store *app_store(const struct app *app, struct loop *loop)
{
    const struct store_options *store = &app->store;
    const struct sqlite_options sqlite = {.path = store->path,
                                          .busy_timeout = store->busy_timeout,
                                          .cache_entries = store->cache_entries,
                                          .cache_bytes = store->cache_bytes};
    const struct redis_options redis = {.link = {.target = store->redis,
                                                 .connect_timeout = store->connect_timeout,
                                                 .timeout = store->timeout},
                                        .prefix = store->prefix};
    return store->url ? redis_store_new(loop, &redis) : sqlite_store_new(loop, &sqlite);
}

void app_make_key(struct app *app)
{
    static const char purpose[] = "feedback tokens";
    static unsigned char made[SIGN_LEN];
    static bool is_made;
    const char *secret = app->server.secret;
    bool wanted = false;
    for (size_t i = 0; i < app->site->count; i++)
        wanted |= app->site->routes[i]->feedback_key_count > 0;
    if (!wanted)
        return;
    if (!secret && !is_made) {
        random_bytes(made, sizeof made);
        is_made = true;
        log_event(LOG_WARNING, "secret_made",
                  "feedback tokens are signed with a key that ends with this server: set "
                  "server.secret to keep them, and for several servers");
    }
    sign_bytes(app->token_key, secret ? secret : (const char *)made,
               secret ? strlen(secret) : sizeof made, purpose, sizeof purpose - 1);
    app->site->token_key = app->token_key;
}

void app_begin_log(const struct app *app)
{
    log_flush();
    log_setup(STDERR_FILENO, (enum log_format)app->server.log_format,
              (enum log_level)app->server.log_level);
}

struct http_limits app_http_limits(const struct app *app)
{
    const struct server_options *server = &app->server;
    return (struct http_limits){
        .max_body = (size_t)server->max_body,
        .max_head = (size_t)server->max_headers,
        .max_url = (size_t)server->max_url,
        .head_timeout = server->header_timeout,
        .body_timeout = server->body_timeout,
        .idle_timeout = server->idle_timeout,
        .write_timeout = server->write_timeout,
        .max_connections = (unsigned)server->max_connections,
    };
}

unsigned app_workers(const struct app *app)
{
    if (app->server.workers > 0)
        return (unsigned)app->server.workers;
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    return processors > 0 ? (unsigned)processors : 1;
}
