/* What a run's `configurable` may hold: what alternatives and configurable fields read of it. */
#pragma once

#include "run/runnable.h"

/* What is inside a runnable. */
struct config_specs {
    /* id -> {"property": its JSON Schema with default, title and description, "defs": the
     * definitions that refers to, by name} */
    json_t *by_id;
    json_t *clashes; /* ids that two parts describe in two ways; the first one counts */
};

/* Empty specs in the caller's storage, and dropping what they hold. */
void config_specs_init(struct config_specs *specs);
void config_specs_fini(struct config_specs *specs);

/* Adds the specs of everything inside `runnable`. */
void config_specs_of(const struct runnable *runnable, struct config_specs *specs);

/* Adds one (taken over). */
void config_specs_add(struct config_specs *specs, const char *id, json_t *spec);

/* The value a call's config has for `id` (borrowed), or NULL. */
json_t *configurable_get(const struct call *call, const char *id);

/* For runnable_ops.choose: chooses in everything inside `runnable`. */
void configurable_choose(struct runnable *runnable, json_t *configurable);

/* The schemas that follow from the alternatives `configurable` names; new
 * references. */
json_t *configurable_input_schema(struct runnable *runnable, json_t *configurable);
json_t *configurable_output_schema(struct runnable *runnable, json_t *configurable);
