/* The options `endpoints`, `api_keys`, `breaker` and `hedge` of providers that are asked by HTTP. */
#pragma once

#include "app/provider_http.h"

extern const struct option endpoint_options[], breaker_options[], hedge_options[];

/* Fills in the endpoints of `options`, which has the model's own address, and how they are asked; what
 * is wrong with them is told. */
void http_endpoints_read(struct builder *builder, const struct node *map,
                         const struct http_fields *fields, const struct http_defaults *defaults,
                         struct model_options *options);
