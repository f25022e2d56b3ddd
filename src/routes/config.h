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

/* The JSON Schema of a config for a route's chain that may have `keys` (new reference). */
json_t *config_schema(const struct route *route, unsigned keys);

/* The names of the keys a route may allow, in the order of enum config_key; ends with NULL. */
extern const char *const config_key_names[];

/* Decodes `given` (an object, or NULL) against a config's schema: *decoded (the arena's) has of it
 * what the schema knows and what is not null; NULL when that is nothing.  LS_BAD_INPUT: *errors is
 * the list of errors (new reference). */
enum ls_err config_decode(const struct schema *schema, json_t *given, struct arena *arena,
                          json_t **decoded, json_t **errors) LS_MUST_CHECK;

/* Two decoded configs as one (the arena's): `over` counts more, `configurable` and `metadata` key
 * by key; tags are put together.  Either may be NULL. */
json_t *config_merge(json_t *base, json_t *over, struct arena *arena);

/* A decoded config (or NULL) as a run wants it. */
struct run_config config_for_run(json_t *decoded, struct arena *arena);

/* Whether `given` sets `configurable` where the chain reads it and the route does not allow it. */
bool config_denies(const struct route *route, const json_t *given);

/* Whether the route's chain reads `id` of `configurable`. */
bool config_reads(const struct route *route, const char *id);

/* The largest number of runs at once that a batch asks for (`max_concurrency` of what
 * config_read() let through, of the first of several), or `fallback`. */
size_t config_max_concurrency(const json_t *config, size_t fallback);
