/* Which steps of a run a client wants to hear of, as LangChain's include_* and exclude_* say it,
 * and which of them a route lets out. */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "run/observer.h"

/* Lists of text (borrowed), or NULL: no such filter.  A step passes when it is in one of the
 * include lists, or there are none, and in no exclude list; an empty include list lets nothing
 * through. */
struct event_filter {
    json_t *include_names, *include_types, *include_tags;
    json_t *exclude_names, *exclude_types, *exclude_tags;
    json_t *allowed_names; /* of the route: steps with other names stay inside; the root passes */
};

/* Whether `step`, whose type the client knows as `type`, passes. */
bool event_filter_passes(const struct event_filter *filter, const struct step *step,
                         const char *type);

/* Whether the route lets `step` out at all. */
bool event_filter_allows(const struct event_filter *filter, const struct step *step);
