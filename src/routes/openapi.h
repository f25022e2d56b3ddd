/* The description of a site in OpenAPI 3.1, as LangServe's applications give it. */
#pragma once

#include "routes/site.h"

/* Describes a site whose routes are all there: site->openapi is then the document but for its
 * last member, `servers`, which each answer adds. */
void site_describe(struct site *site);
