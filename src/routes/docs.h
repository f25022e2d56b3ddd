/* The site's description for programs and people: /openapi.json, and the pages that show it. */
#pragma once

#include "routes/site.h"

/* Adds the paths to a site. */
void docs_add(struct site *site);
