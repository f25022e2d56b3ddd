/* The callbacks of a run as LangServe's include_callback_events gives them to clients, which replay
 * them to handlers of their own: a list of JSON objects.
 *
 * The end of a step that failed is left out: LangServe's own client cannot read it. */
#pragma once

#include "run/observer.h"

struct callback_events {
    struct observer observer;
    json_t *list; /* grows while the run runs */
};

/* Readies `events` in the caller's storage, to be given to run_observe(). */
void callback_events_init(struct callback_events *events);

/* Drops the list. */
void callback_events_fini(struct callback_events *events);
