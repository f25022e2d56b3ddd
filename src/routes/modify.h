/* What a route makes of the config of its runs with what the request sends beside it: LangServe's
 * per_req_config_modifier. */
#pragma once

#include "routes/sent.h"
#include "routes/site.h"

/* What is known of who sends a request. */
enum caller_part { CALLER_NONE, CALLER_NAME, CALLER_SCOPES };

/* A header, a cookie or the caller that sets a key of the config. */
struct config_source {
    struct sent sent;
    enum caller_part caller; /* this, and nothing that was sent */
    const char *key;         /* "configurable", "metadata", "max_concurrency", … */
    const char *member;      /* of the first two; else NULL */
    struct schema *schema;   /* of the value */
    bool required;
};

/* Changes `config` in place, which is a copy.  0, or the HTTP status that refuses the request; then
 * `why` may have a sentence for the client. */
typedef int config_modify_fn(void *owner, const struct http_request *request, json_t *config,
                             char *why, size_t size);

struct config_modifier {
    const struct config_source *sources;
    size_t source_count;
    const struct sent_rule *deny; /* who sends one of these is refused */
    size_t deny_count;
    config_modify_fn *modify; /* NULL: none */
    void *owner;
};

/* What the route's modifier makes of *config (decoded; may be NULL), whose values live in the
 * exchange's arena.  False: answered. */
bool config_modify(const struct route *route, struct http_exchange *exchange, json_t **config);
