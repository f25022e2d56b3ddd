/* Where the requests of a model may go. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* As it is written. */
struct model_endpoint {
    const char *base_url; /* without a slash at its end */
    const char *api_key;  /* sent to base_url's origin only; NULL: none */
    const char *model;    /* what the model is called there; NULL: as everywhere */
    int64_t weight;       /* how often it is asked, beside others; at least 1 */
};

/* As it is asked; all texts are its own. */
struct http_endpoint {
    char *url;
    char *shown; /* for logs and metrics: its number, and base_url without names and passwords */
    char *api_key;
    char *authorization; /* the header; NULL without a key */
    char *model;         /* or NULL */
    char *probe_url;     /* or NULL */
    const char *probe_headers[3];
};

struct model_dialect;
struct model_options;

/* Where an address goes on behind the name and the password that may stand in it; `scheme` bytes of
 * it come before them. */
const char *http_endpoint_host(const char *url, int *scheme);

/* The endpoints of the model with these options; `written` has `count` of them. */
struct http_endpoint *http_endpoints_new(const struct model_dialect *dialect,
                                         const struct model_options *options,
                                         const struct model_endpoint *written, size_t count);

/* Frees them; keys do not stay behind in memory that is used again. */
void http_endpoints_free(struct http_endpoint *endpoints, size_t count);
