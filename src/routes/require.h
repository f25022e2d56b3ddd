/* What a route asks of every request before it is answered: LangServe's `dependencies`. */
#pragma once

#include "routes/sent.h"
#include "routes/site.h"

struct requirements {
    const struct sent_rule *rules;
    size_t count;
};

/* Whether a request sends what its route requires.  False: answered, as FastAPI does: the first
 * wrong value gives the rule's status, else what is missing gives 422. */
bool requirements_meet(const struct route *route, struct http_exchange *exchange);
