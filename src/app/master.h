/* The master: checks the app, binds the sockets, keeps the workers running.  It has no threads and
 * no loop, so that nothing of that kind is inherited. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "app/app.h"

struct master_options {
    const char *file; /* the app's file, for reloading; NULL: the app cannot be reloaded */
    const char *host; /* instead of the app's, or NULL */
    int64_t port;     /* instead of the app's, or -1 */
    unsigned workers; /* instead of the app's, or 0 */
    bool reload;      /* watch the file */
    void (*on_ready)(void *owner, const char *url); /* listening; may be NULL */
    void *owner;
};

/* Serves `app` (taken over) until SIGTERM or SIGINT; returns the exit status: 0, or 1 when it
 * could not listen or the workers do not stay up. */
int master_run(struct app *app, const struct master_options *options);
