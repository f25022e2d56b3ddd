/* One route's part of /openapi.json. */
#pragma once

#include "routes/openapi_components.h"
#include "routes/site.h"

/* The document on its way. */
struct description {
    const struct site *site;
    json_t *data;    /* openapi.json of the sources: operations and models; owned */
    json_t *paths;   /* owned */
    json_t *tags;    /* owned */
    json_t *schemes; /* of security; owned */
    json_t *ids;     /* the operationIds and namespaces that are taken (keys); owned */
    struct components components;
};

/* What an operation is described with. */
struct operation {
    const char *path, *method; /* "/translate/invoke", "post" */
    const char *name;          /* "translate invoke" */
    const char *tag;           /* NULL: none */
    const char *description;
    json_t *parameters;      /* taken over; NULL or empty: none */
    json_t *request;         /* schema of the body; taken over; NULL: none */
    json_t *response;        /* schema; taken over; NULL: anything */
    const char *type;        /* of the answer's content */
    const struct auth *auth; /* what guards it; NULL: nothing */
    enum error_shape errors;
};

/* Adds an operation to the document's paths. */
void describe_operation(struct description *to, const struct operation *operation);

/* Adds to an operation which keys open it, and how they are refused. */
void describe_auth(struct description *to, const struct operation *operation, json_t *described);

/* The answer to what is wrong with a request, in the shape that the route speaks, or the request
 * asks for (new reference). */
json_t *describe_refusal(struct description *to, enum error_shape shape, const char *description);

/* Adds all operations of a route, and the models they need. */
void describe_route(struct description *to, const struct route *route);

/* A reference to a fixed model, which is thereby in the document (new reference). */
json_t *describe_fixed(struct description *to, const char *name);
