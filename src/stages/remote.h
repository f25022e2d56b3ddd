/* RemoteRunnable: a route of a LangServe server, ours or another, as a step. */
#pragma once

#include "loop/fetch.h"
#include "run/runnable.h"

struct remote_setup {
    json_t *headers;     /* object of texts, in every request; NULL: none */
    int64_t max_retries; /* further attempts after the first */
    struct fetch_timeouts timeouts;
    bool public_only; /* a client of ours chose the URL: see fetch_request */
};

/* A new instance that calls the route at `url` (http or https); everything is copied. */
struct runnable *remote_new(const char *url, const struct remote_setup *setup);
