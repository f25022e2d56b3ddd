/* An app as HTTP sees it: routes, and which path leads where.  Made when the app is loaded,
 * shared by all requests, never changed. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "http/server.h"
#include "run/runnable.h"
#include "run/slots.h"
#include "schema/schema.h"

struct auth;
struct config_modifier;
struct cors;
struct langsmith;
struct limits;
struct requirements;
struct service;
struct route;
struct trusted_proxies;

/* The shape of the bodies that tell of errors. */
enum error_shape { ERRORS_LANGSERVE, ERRORS_JSON, ERRORS_PROBLEM };

/* What /openapi.json tells: all there is, or exactly what LangServe's does. */
enum openapi_style { OPENAPI_FULL, OPENAPI_LANGSERVE };

/* How a route speaks: with LangServe's endpoints, or with one plain endpoint. */
enum route_style { STYLE_LANGSERVE, STYLE_REST };

/* Where the feedback of a route goes: to LangSmith where that is configured and to the store else,
 * or to one of them always. */
enum feedback_store { FEEDBACK_AUTO, FEEDBACK_LOCAL, FEEDBACK_LANGSMITH };

/* What a client may set in `config`: bits of route.config_keys. */
enum config_key {
    CONFIG_CONFIGURABLE = 1,
    CONFIG_TAGS = 2,
    CONFIG_METADATA = 4,
    CONFIG_CALLBACKS = 8,
    CONFIG_MAX_CONCURRENCY = 16,
    CONFIG_RECURSION_LIMIT = 32,
    CONFIG_RUN_ID = 64,
    CONFIG_ALL = 127,
};

typedef void endpoint_fn(struct service *service, const struct route *route,
                         struct http_exchange *exchange);

/* An endpoint of a LangServe route: POST /invoke, … */
struct endpoint {
    const char *method; /* the only one it answers */
    endpoint_fn *answer;
    const char *also; /* a second one, which `Allow` does not name; or NULL */
    bool unhashed;    /* it has no variant below /c/{config_hash} */
    bool below;       /* it answers every path that begins with its own and a slash, and not that */
    bool runs;        /* it begins runs */
    bool resumes;     /* it goes on with the stream that a Last-Event-ID names */
    bool of_runs;     /* only of routes whose streams can be resumed: its name is
                         "runs/{run_id}/…", where RUN_NAME_END bytes follow the id */
};
enum { RUN_NAME_END = 7 };

/* The endpoints of LangServe routes, in the order of LangServe's own list, and their names: the
 * last part of the path.  The names end with NULL. */
extern const struct endpoint langserve_endpoints[];
extern const char *const endpoint_names[];

/* LangServe's names of what a route may switch on and off: endpoints, and `config_hashes`; ends
 * with NULL. */
extern const char *const endpoint_switches[];

/* Whether streams can be resumed, and for how long: see kept_run.h. */
struct resumption {
    bool on;
    size_t events, bytes; /* that are kept of one run */
    int64_t keep;         /* ms from a run's end to its forgetting */
    int64_t grace;        /* ms from the last reader's leaving to the run's cancellation */
    bool goes_on;         /* it is not cancelled then */
};

struct route {
    char *path;    /* "/translate"; may be empty */
    size_t number; /* of the site's routes, from 0 */
    struct runnable *runnable;
    enum route_style style;
    const char *method; /* of a REST route */
    unsigned config_keys;
    enum error_shape errors;
    bool tells_upstream; /* a provider's 429, 504, 400 reach the client as they are */
    bool checks_output;  /* the output schema was declared: what is given must fit it */
    bool shapes_output;  /* the output is an object of known members: they are given in the
                            schema's order, as the original's response models do */
    struct schema *input, *output, *config; /* compiled; config without `configurable` */
    const struct schema_check *checks;   /* of the input, besides its schema; not the route's own */
    unsigned switched_off;               /* bits: places in endpoint_switches */
    const struct requirements *required; /* what a request must send; NULL: nothing */
    const struct config_modifier *modifier; /* of the config of its runs; NULL: none */
    const struct auth *auth;                /* whose keys open it; NULL: it is open; not its own */
    struct schema *modified;                /* of what the modifier sets; NULL when there is none */
    const struct site *site;                /* that it is in */
    json_t *stream_names; /* whose steps /stream_log and /stream_events may tell of (a list); NULL:
                             all */
    size_t stream_bytes;  /* the most that such an event may carry of a step's value; 0: all */
    bool events_v1;       /* /stream_events speaks version 1 */
    bool callback_events; /* the answers of /invoke and /batch tell of the runs' steps */
    bool feedback, public_trace_link; /* these endpoints are on */
    enum feedback_store feedback_store;
    const char *const *feedback_keys; /* answers have a feedback token for each; not its own */
    size_t feedback_key_count;
    int64_t feedback_lifetime; /* of a token, ms */
    bool chat_playground;      /* the playground of its kind is a chat */
    struct resumption resumable;
    struct limits *limits;         /* of its requests; NULL: none; not its own */
    struct slots_rule concurrency; /* of its runs, in each worker */
};

/* What a path of the site's own is part of: bits of site.guarded. */
enum site_area { AREA_OPEN = 0, AREA_DOCS = 1, AREA_INDEX = 2 };

/* Where a path leads. */
struct path_entry {
    const char *method, *also; /* the second may be NULL */
    endpoint_fn *answer;
    const struct route *route; /* NULL: the site's own */
    bool runs, resumes;        /* as its endpoint's */
    bool hashed;               /* it has a variant below /c/{config_hash} */
    enum site_area area;       /* of the site's own: what opens it */
    bool below;                /* its path ends in a slash, and it answers all that begin so */
    bool yields;               /* a route may have the path for itself */
    const char *template;      /* the path, with names for what changes in it; the site's own */
    size_t number;             /* of the site's templates, from 0; both set when it is added */
};

struct site {
    char *title, *version, *description;
    const char *root_path; /* what a proxy puts before every path; "" for nothing; borrowed */
    bool trusts_forwarded; /* the proxy's X-Forwarded-Prefix and -Proto count in URLs */
    bool has_index;
    enum openapi_style openapi_style;
    char *openapi; /* the document as site_describe() leaves it; NULL: not yet */
    size_t openapi_len;
    enum error_shape errors; /* of what is about no route */
    struct route **routes;
    size_t count;
    size_t longest;   /* route's path */
    size_t templates; /* how many the entries have */
    const unsigned char
        *token_key; /* SIGN_LEN bytes that sign feedback tokens; NULL: none; borrowed */
    const struct langsmith *langsmith; /* where tracing with it is on; NULL: it is not; borrowed */
    const struct cors *cors;           /* NULL: pages of other origins may not call; borrowed */
    const struct auth *auth;   /* whose keys open what is guarded; NULL: nothing is; borrowed */
    unsigned guarded;          /* areas of its own paths that need a key */
    struct limits *limits;     /* of requests to all routes; NULL: none; borrowed */
    struct limits *key_limits; /* for those of keys; NULL: there are no keys; borrowed */
    const struct trusted_proxies *proxies; /* that tell a client's address; NULL: none; borrowed */
    int64_t max_memory; /* bytes a worker may hold and still begin runs; 0: any number */
    struct path_table *paths;
};

/* An empty site with the paths every site has (`/health`, and `/` when it has an index). */
struct site *site_new(const char *title, const char *version, const char *description,
                      bool has_index);

/* Frees a site and its routes; nulls *site. */
void site_free(struct site **site);

/* A route for `runnable` (reference taken over) on `path`, with the defaults, in no site yet. */
struct route *route_new(const char *path, struct runnable *runnable);

/* Compiles the schemas of a route from its runnable's; `why` (256 bytes) says what was wrong. */
enum ls_err route_compile(struct route *route, char why[256]) LS_MUST_CHECK;

/* Frees a route that is in no site. */
void route_free(struct route *route);

/* Adds a route (taken over).  LS_BAD_CONFIG when one of its paths is taken: *taken is that path,
 * the route is not added and still the caller's. */
enum ls_err site_add(struct site *site, struct route *route, const char **taken) LS_MUST_CHECK;

/* Adds a path of the site's own, that nothing has yet. */
void site_add_path(struct site *site, const char *path, struct path_entry entry);

/* Whether there is a route on that path, "/" for that of "". */
bool site_has_route(const struct site *site, const char *path);

/* Whether a name of endpoint_switches, or of another endpoint, is on. */
bool route_is_on(const struct route *route, const char *name);

/* Whether any key that the store keeps opens something. */
bool site_stores_keys(const struct site *site);

/* Whether any route's streams can be resumed. */
bool site_keeps_runs(const struct site *site);

/* The entry of a path, or NULL; of "/translate/c/{config_hash}/invoke" that of
 * "/translate/invoke", of "/translate/runs/{an id}/events" that of all such. */
const struct path_entry *site_find(const struct site *site, const char *path, size_t len);

/* What guards an entry, or NULL: it is open. */
const struct auth *site_auth(const struct site *site, const struct path_entry *entry);

/* The route that a path, known or not, is below of: the one with the longest path; or NULL. */
const struct route *site_route_of(const struct site *site, const char *path, size_t len);
