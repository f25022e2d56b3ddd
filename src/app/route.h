/* `routes:`: what is served on which path. */
#pragma once

#include "app/app.h"
#include "app/builder.h"

struct route_options {
    const struct node *chain, *check, *require, *config_from, *deny, *resumable, *auth, *guard,
        *cache;
    json_t *input, *output;
    struct option_strings config_keys, endpoints, disabled_endpoints, stream_names, feedback_keys;
    int style, method, events_version, errors, upstream_errors; /* the last two: -1 when absent */
    int64_t stream_value_limit, feedback_lifetime;
    bool callback_events, feedback, public_trace_link;
    int feedback_store, playground_type;
    struct limit_fields limits;
    struct slots_rule concurrency;
};

/* What is wrong with a path, or NULL. */
const char *route_path_fault(const char *path);

/* Adds the routes of a section (a NODE_MAP) to the app's site. */
void routes_build(struct builder *builder, struct app *app, const struct node *section);
