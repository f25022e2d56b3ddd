/* GET /stats: what caches had. */
#pragma once

#include "routes/site.h"

/* Adds the path, unless a route has it. */
void stats_add(struct site *site);

/* Whether the site has it. */
bool stats_are_told(const struct site *site);
