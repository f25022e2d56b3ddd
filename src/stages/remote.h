/* RemoteRunnable: a route of a LangServe server, ours or another, as a step. */
#pragma once

#include "run/runnable.h"

/* A new instance that calls the route at `url` (http or https; copied). */
struct runnable *remote_new(const char *url);
