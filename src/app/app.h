/* An app: what one YAML file, or one C program, describes, checked and ready to be served. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "app/build_limits.h"
#include "base/sign.h"
#include "http/server.h"
#include "loop/fetch.h"
#include "observe/tracing.h"
#include "routes/site.h"
#include "store/redis_url.h"
#include "yaml/node.h"
#include "yaml/option.h"
#include "yaml/problems.h"

/* `app:` */
struct app_info {
    const char *title, *version, *description;
};

/* Where the counts of rate limits are. */
enum limits_store { LIMITS_LOCAL, LIMITS_REDIS };

/* `server:` */
struct server_options {
    const char *host; /* a name, an address, or unix:PATH */
    int64_t port;
    const char *socket; /* a Unix socket to listen on too, or NULL */
    int64_t workers;    /* 0: one per processor */
    bool index, docs, metrics, core_dumps;
    int openapi;           /* enum openapi_style */
    const char *root_path; /* NULL: none */
    bool trust_forwarded;
    const char *secret; /* NULL: none */
    int errors;         /* enum error_shape */
    int upstream_errors;
    int log_format, log_level;
    bool log_inputs;
    int64_t max_body, max_headers, max_url, header_timeout, body_timeout, idle_timeout,
        write_timeout, max_connections, drain_delay, drain_timeout, watchdog;
    const struct node *upstream, *cors, *recycle, *ready, *warm_up;
    struct limit_fields limits; /* of requests to all routes */
    int limits_store;           /* enum limits_store */
    int64_t limits_timeout;     /* ms */
    struct option_strings trusted_proxies;
    int64_t max_memory; /* 0: none */
};

/* `server: upstream:` */
struct upstream_options {
    int64_t max_connections, max_idle;
};

/* `server: recycle:`, when a worker is replaced; 0: never */
struct recycle_options {
    int64_t requests, age, memory;
};

/* `store:` */
struct store_options {
    const char *url; /* of a Redis server; NULL: the store is the SQLite file at `path` */
    const char *path, *prefix;
    int64_t busy_timeout, connect_timeout, timeout, cache_entries, cache_bytes;
    struct redis_target redis; /* what `url` says */
};

struct paces;
struct health_options;

struct named_runnable {
    const char *name;
    struct runnable *runnable; /* owned */
};

/* `lua:` */
struct lua_options {
    int64_t memory, time;
    const char *path; /* of the file that names it, as written; NULL: no modules */
};

struct app_metrics;

struct app {
    struct arena *arena;
    struct app_info info;
    struct server_options server;
    struct upstream_options upstream;
    struct recycle_options recycle;
    struct lua_options lua;
    struct store_options store;
    const struct app_metrics *metrics;
    struct site *site;
    unsigned char token_key[SIGN_LEN]; /* the site's */
    struct paces *paces;          /* of models' rates, shared by the workers; NULL: none has one */
    struct place auth_place;      /* of `auth:` */
    struct place *route_places;   /* of the site's routes, in its order */
    struct named_runnable *names; /* the chains and models, for running one without a server */
    size_t name_count;
    struct tracing_options tracing;
    bool needs_store;                    /* some chain has a history, and cannot be run without */
    const struct health_options *health; /* what the server must have before it is ready */
};

extern const struct option app_options[], server_options[], upstream_options[], recycle_options[],
    route_options[], lua_options[], store_options[];

/* The choices of options that the server and routes have; each ends with NULL. */
extern const char *const error_shape_names[], *const upstream_error_names[];

/* What a JSON Schema says of a route's options together (JSON text). */
extern const char route_rule[];

/* Builds an app from the tree of a whole file (in `arena`, which is taken over in any case).
 * What is wrong is added to `problems`; NULL when there are errors. */
struct app *app_build(struct arena *arena, const struct node *root, struct problems *problems);

/* The event of log lines about what is odd in an app that is served all the same. */
#define APP_WARNING "app_warning"

/* Reads a YAML file and builds the app; as app_build(). */
struct app *app_load(const char *path, struct problems *problems);

/* Has the log of this process be as the app wants it, on standard error. */
void app_begin_log(const struct app *app);

/* Frees an app; nulls *app. */
void app_free(struct app **app);

/* The chain or model of a name (borrowed), or NULL. */
struct runnable *app_find(const struct app *app, const char *name);

/* For run_services.find: app_find() of the app `owner`. */
const struct runnable *app_find_for_run(const void *owner, const char *name);

/* The app's store, for runs on `loop`; nothing is opened before it is used. */
struct store *app_store(const struct app *app, struct loop *loop);

/* Gives the app the key that signs its feedback tokens, before it is served: made of the server's
 * secret, or a random one that lives as long as this process and those it forks. */
void app_make_key(struct app *app);

/* Makes what workers share to keep the app's rate limits, before it is served; counts of limits that
 * `old` (NULL: none) has too go on.  False, and logged, when the system refuses the memory. */
bool app_share_limits(struct app *app, struct app *old);

/* What counts the app's rate limits in Redis, for a worker on `loop`; NULL: nothing does, or there are
 * none. */
struct shared_limits *app_shared_limits(const struct app *app, struct loop *loop);

/* A worker that is dead holds nothing of the rate limits. */
void app_forget_limits(struct app *app, pid_t pid);

/* Lets go of what keeps the rate limits in this process; for app_free(). */
void app_drop_limits(struct app *app);

/* The limits of the app's HTTP server. */
struct http_limits app_http_limits(const struct app *app);

/* How many workers the app asks for: 1 or more. */
unsigned app_workers(const struct app *app);
