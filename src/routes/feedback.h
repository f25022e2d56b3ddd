/* What people say about runs. */
#pragma once

#include "routes/site.h"

/* Where feedback on a run is kept: one list of JSON texts for each run under FEEDBACK_KEY and its
 * id ("" for feedback on no run). */
#define FEEDBACK_KEY "feedback/"

enum { FEEDBACK_MAX = 1000 }; /* of one run, the newest */

/* Where the feedback of a route goes, as things are. */
enum feedback_sink { SINK_NONE, SINK_LOCAL, SINK_LANGSMITH };
enum feedback_sink feedback_sink_of(const struct route *route);
