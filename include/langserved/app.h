/* An app: routes for runnables, and the server for them. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include <langserved/error.h>
#include <langserved/runnable.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ls_app ls_app;

/* Whether an input, as the schema decoded it, is right; it must not be changed.  If it is not,
 * `why` takes a sentence for the client, of `size` bytes at most.  Called on the loop's thread. */
typedef bool ls_check(void *data, const json_t *input, char *why, size_t size);

/* A request, for as long as a function is called with it. */
typedef struct ls_request ls_request;

/* The value of a header (its name in lower case) as it was sent, UTF-8 or not; or NULL. */
LS_API const char *ls_request_header(const ls_request *request, const char *name);

/* The name of the API key that the request came with; NULL on a route that is open. */
LS_API const char *ls_request_caller(const ls_request *request);

/* Copies the value of a cookie to `value`, of `size` bytes; false when there is none, or no room. */
LS_API bool ls_request_cookie(const ls_request *request, const char *name, char *value,
                              size_t size);

/* Changes the config of a run (an object: `configurable`, `metadata`, …; a copy), in place, by what
 * its request sends.  0, or the HTTP status that refuses the request; then `why` takes a sentence
 * for the client, of `size` bytes at most.  Called on the loop's thread. */
typedef int ls_modifier(void *data, const ls_request *request, json_t *config, char *why,
                        size_t size);

/* The options of a route; zeros mean the defaults. */
typedef struct ls_route_options {
    const char *input;   /* JSON Schema of the input, instead of the chain's */
    const char *output;  /* JSON Schema of the output, instead of the chain's */
    const char *more;    /* a JSON object of all other options of a route in YAML */
    ls_check *check;     /* what the schema of the input cannot say */
    void *check_data;    /* handed to it; outlives the app */
    ls_modifier *modify; /* instead of `config_from` in `more` */
    void *modify_data;   /* handed to it; outlives the app */
} ls_route_options;

/* A new app; texts are copied; NULL takes the default. */
LS_API ls_app *ls_app_new(const char *title, const char *version);

/* Says what the app is, in a paragraph for its index and its OpenAPI document: `app: description` in
 * YAML.  Once. */
LS_API void ls_app_describe(ls_app *app, const char *description);

/* Frees an app and all it was given; NULL is harmless. */
LS_API void ls_app_free(ls_app *app);

/* Serves `runnable` (taken over) with LangServe's endpoints below `path`; `options` may be NULL. */
LS_API void ls_add_routes(ls_app *app, ls_runnable *runnable, const char *path,
                          const ls_route_options *options);

/* Gives `runnable` (taken over) a name, for ls_named() and for running it by name. */
LS_API void ls_add_chain(ls_app *app, const char *name, ls_runnable *runnable);

/* A counter, gauge or histogram of the app's own: a JSON object such as {"type": "counter",
 * "help": "…", "labels": ["source_lang"]}, as below `metrics:` in YAML.  See langserved/metrics.h. */
LS_API void ls_add_metric(ls_app *app, const char *name, const char *json);

/* What a million tokens of the models of that name cost (a star stands for any text; the first that
 * fits counts): a JSON object such as {"input": 0.15, "output": 0.6}, as below `prices:` in YAML. */
LS_API void ls_add_price(ls_app *app, const char *model, const char *json);

/* The options of the server, a JSON object with the keys of `server:` in YAML; later calls add to
 * earlier ones. */
LS_API void ls_app_configure(ls_app *app, const char *json);

/* The options of the store, a JSON object with the keys of `store:` in YAML; later calls add to
 * earlier ones. */
LS_API void ls_app_configure_store(ls_app *app, const char *json);

/* Asks for API keys: a JSON object with the keys of `auth:` in YAML; later calls add to earlier
 * ones.  Without a call the app is open. */
LS_API void ls_app_configure_auth(ls_app *app, const char *json);

/* Sets limits of lambdas in Lua, and their modules' folder: a JSON object such as {"memory": "16MB",
 * "time": "2s", "path": "lua"}. */
LS_API void ls_app_configure_lua(ls_app *app, const char *json);

/* Whether the app is well.  If it is not, LS_BAD_CONFIG, and *report (if not NULL) is a text of one
 * line for each mistake; free() it. */
LS_API enum ls_err ls_app_check(ls_app *app, char **report);

/* Serves the app until SIGTERM or SIGINT, in this process and thread; with `{"workers": N}`
 * configured, in N processes of its own.  `host` is a name, an address or "unix:PATH"; NULL and 0
 * take the configured ones.  From then on SIGPIPE and SIGXFSZ are ignored in this process, it leaves
 * no core file and no process of the same user reads its memory (`{"core_dumps": true}` allows both),
 * and with workers it may open as many files as the system allows.  Mistakes are printed to standard
 * error.  Returns the status to exit with: 0, or 1 when the app is wrong or could not listen. */
LS_API int ls_app_serve(ls_app *app, const char *host, int port);

#ifdef __cplusplus
}
#endif
