/* A worker's side of a site: its loop, its HTTP server, what its runs use. */
#pragma once

#include "http/server.h"
#include "loop/loop.h"
#include "routes/site.h"
#include "run/run.h"

struct counts;
struct kept_runs;
struct relays;
struct shared_ids;

struct service {
    struct loop *loop;
    struct site *site;                    /* borrowed */
    struct http_server *http;             /* owned */
    const struct run_services *resources; /* of the runs; borrowed */
    struct kept_runs *kept;               /* owned; NULL when no route keeps any */
    struct relays *relays;                /* owned; NULL when there are no other workers */
    struct counts *counts;                /* owned; NULL: requests are not counted here */
};

/* Readies a service of `site` on `loop` in the caller's storage; the caller then adds listeners
 * to service->http.  `resources` may be NULL for chains without models on a network. */
void service_init(struct service *service, struct loop *loop, struct site *site,
                  const struct http_limits *limits, const struct run_services *resources);

/* Gives a copy of a service an HTTP server of its own. */
void service_open(struct service *service, const struct http_limits *limits);

/* Shares the kept runs with other workers: before any request comes.  False, and logged, when it
 * cannot be. */
bool service_share(struct service *service, const struct http_limits *limits,
                   struct shared_ids *ids, const char *folder);

/* Closes the HTTP server at once, and cancels kept runs. */
void service_fini(struct service *service);
