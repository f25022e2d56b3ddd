/* A worker's side of a site: its loop, its HTTP server, what its runs use. */
#pragma once

#include "gates/memory_watch.h"
#include "http/server.h"
#include "loop/loop.h"
#include "routes/site.h"
#include "run/run.h"

struct counts;
struct health;
struct kept_runs;
struct key_ring;
struct relays;
struct shared_limits;
struct shared_ids;
struct tracing;
struct turn;

struct service {
    struct loop *loop;
    struct site *site;                    /* borrowed */
    struct http_server *http;             /* owned */
    const struct run_services *resources; /* of the runs; borrowed */
    struct kept_runs *kept;               /* owned; NULL when no route keeps any */
    struct key_ring *keys;                /* of the store; owned; NULL when no route needs them */
    struct relays *relays;                /* owned; NULL when there are no other workers */
    struct health *health;                /* owned */
    struct tracing *tracing;              /* borrowed, set by the owner; NULL: nothing is traced */
    struct shared_limits *limits;         /* borrowed, set by the owner; NULL: counts are this
                                             server's own */
    bool leaving;                         /* it is about to drain: /ready says so */
    uint64_t served;                      /* requests */
    struct memory_watch memory;           /* refuses new runs when it runs short */
    struct turn *turn; /* of the request being answered now, where its route has slots; or NULL */
    bool relayed;      /* requests come from other workers, which have let them through */
    struct counts *counts; /* owned; NULL: requests are not counted here */
};

/* Readies a service of `site` on `loop` in the caller's storage; the caller then adds listeners
 * to service->http.  `resources` may be NULL for chains without models on a network, and routes
 * without keys in the store. */
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
