/* The named schemas of /openapi.json, shared by all routes of a site: a schema keeps its title as
 * its name, and routes with equal schemas share one; where a name is taken by another schema, the
 * later one gets the route's namespace before it. */
#pragma once

#include <jansson.h>
#include <stdbool.h>

struct components {
    json_t *schemas; /* by name */
    json_t *fixed;   /* those that no route changes, by name; added when needed; borrowed */
};

/* Readies a set without schemas in the caller's storage. */
void components_init(struct components *components, json_t *fixed);

/* Frees what the set holds. */
void components_fini(struct components *components);

/* Adds a schema (borrowed) and its $defs for the route of a namespace; its name there (new
 * reference).  `kind` names what has no title.  `own`: it belongs to the route alone, so that its
 * name begins with the namespace in any case. */
json_t *components_add(struct components *components, const char *ns, const char *kind,
                       const json_t *schema, bool own);

/* Adds a schema (taken over) that is made for the document, as it stands; its name there (new
 * reference). */
json_t *components_add_model(struct components *components, const char *ns, const char *name,
                             json_t *schema);

/* Adds one of the fixed schemas, and what it refers to, unless it is there. */
void components_need(struct components *components, const char *name);

/* {"$ref": …} to a component (new reference). */
json_t *components_ref(const char *name);

/* The schemas in the order of their names (new reference). */
json_t *components_sorted(const struct components *components);
