/* A worker's side of a site: its loop, its HTTP server, what its runs use. */
#pragma once

#include "http/server.h"
#include "loop/loop.h"
#include "routes/site.h"
#include "run/run.h"

struct service {
    struct loop *loop;
    struct site *site;                    /* borrowed */
    struct http_server *http;             /* owned */
    const struct run_services *resources; /* of the runs; borrowed */
};

/* Readies a service of `site` on `loop` in the caller's storage; the caller then adds listeners
 * to service->http.  `resources` may be NULL for chains without models on a network. */
void service_init(struct service *service, struct loop *loop, struct site *site,
                  const struct http_limits *limits, const struct run_services *resources);

/* Closes the HTTP server at once. */
void service_fini(struct service *service);
