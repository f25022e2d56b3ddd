/* A worker: one process, one loop, one HTTP server. */
#pragma once

#include <signal.h>

#include "app/app.h"

struct heartbeats;
struct shared_ids;

/* What a worker inherits from its master. */
struct worker_setup {
    struct app *app;
    const int *listeners; /* listening sockets */
    size_t listener_count;
    int lifeline;   /* closed at the other end when the master is gone; -1: there is no master */
    pid_t master;   /* that is told of news */
    unsigned place; /* the worker's among `beats` */
    struct heartbeats *beats; /* where the master looks for signs of life; the worker's own */
    struct shared_ids *ids; /* which worker keeps which run; NULL: no runs are kept, or no others */
    const char *folder;     /* of the workers' private sockets; NULL with `ids` */
    const sigset_t *signals; /* the mask while it hears signals; NULL: as it is */
};

/* Serves until the worker has drained, which SIGTERM (and SIGINT, without a master) has it do after
 * the app's delay, and SIGNAL_DRAIN or the master's end at once; returns the exit status.  The app
 * is freed. */
int worker_run(const struct worker_setup *setup);
