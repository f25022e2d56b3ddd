/* Running chains once before the first request, so that no client waits for what happens only
 * once: connections, a model that its server must load first. */
#pragma once

#include "loop/loop.h"
#include "routes/health.h"
#include "run/run.h"

struct warm_ups;

/* Runs them all at once; `on_over` is called when the last has ended, on a later turn, or when
 * their patience is over.  How they fail is told in the log, and changes nothing. */
struct warm_ups *warm_ups_start(struct service *service, const struct health_options *options,
                                void (*on_over)(void *owner), void *owner);

/* Cancels those that still run; nulls *warm_ups; NULL is harmless. */
void warm_ups_free(struct warm_ups **warm_ups);
