/* The `config` of a request: what of it a route lets through, and how it reaches a run. */
#pragma once

#include <stdint.h>

#include "base/arena.h"
#include "routes/site.h"

/* What a run is given.  All values live in the arena they were read into. */
struct run_config {
    json_t *tags;     /* list of text, or NULL */
    json_t *metadata; /* object, or NULL */
    json_t *config;   /* object: max_concurrency, recursion_limit, configurable; or NULL */
    struct uuid run_id;
    bool has_run_id;
};

/* The JSON Schema of a route's config (new reference). */
json_t *config_schema(const struct route *route);

/* The names of the keys a route may allow, in the order of enum config_key; ends with NULL. */
extern const char *const config_key_names[];

/* Reads `given` (an object, or NULL) into *config: keys that the route does not allow are passed
 * over.  LS_BAD_INPUT: *errors is the list of errors (new reference). */
enum ls_err config_read(const struct route *route, json_t *given, struct arena *arena,
                        struct run_config *config, json_t **errors) LS_MUST_CHECK;

/* Whether `given` sets `configurable` where the chain reads it and the route does not allow it. */
bool config_denies(const struct route *route, const json_t *given);

/* The largest number of runs at once that a batch asks for (`max_concurrency` of what
 * config_read() let through, of the first of several), or `fallback`. */
size_t config_max_concurrency(const json_t *config, size_t fallback);
