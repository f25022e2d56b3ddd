#include "app/worker.h"

#include <signal.h>
#include <unistd.h>

#include "app/children.h"
#include "app/relief.h"
#include "base/heartbeats.h"
#include "base/log.h"
#include "base/log_files.h"
#include "base/metrics.h"
#include "base/process.h"
#include "gates/shared_limits.h"
#include "loop/net.h"
#include "models/balance.h"
#include "models/scribe.h"
#include "observe/tracing.h"
#include "routes/health.h"
#include "routes/kept_run.h"
#include "routes/relay.h"
#include "routes/service.h"
#include "stages/cache.h"
#include "store/store.h"

struct worker {
    struct app *app;
    struct loop *loop;
    struct service service;
    struct run_services resources;
    const struct worker_setup *setup;
    struct timer delay;      /* until no further connection begins */
    struct timer handshakes; /* until those that have begun are there, and draining begins */
    struct timer patience;   /* how long draining may take */
    struct timer pulse;
    struct relief relief;
    bool warm, draining;
};

enum {
    PULSE_MS = 1000,
    HANDSHAKE_MS = 5, /* more than a round trip within a data centre takes */
};

static void on_traces_sent(void *owner)
{
    struct worker *worker = owner;
    timer_stop(&worker->patience);
    timer_stop(&worker->pulse);
    loop_stop(worker->loop);
}

/* The last requests and runs are to be told of too. */
static void on_drained(void *owner)
{
    struct worker *worker = owner;
    if (worker->service.tracing)
        tracing_drain(worker->service.tracing, on_traces_sent, worker);
    else
        on_traces_sent(worker);
}

/* Those who read kept runs through other workers are the last. */
static void on_runs_over(void *owner)
{
    struct worker *worker = owner;
    if (worker->service.relays)
        relays_drain(worker->service.relays, on_drained, worker);
    else
        on_drained(worker);
}

/* No client is here any more; runs may go on without. */
static void on_clients_gone(void *owner)
{
    struct worker *worker = owner;
    if (worker->service.kept)
        kept_runs_when_idle(worker->service.kept, on_runs_over, worker);
    else
        on_drained(worker);
}

static void on_patience_over(struct timer *timer)
{
    struct worker *worker = container_of(timer, struct worker, patience);
    log_event(LOG_WARNING, "drain_timeout",
              "requests still running after the drain timeout are cut off");
    loop_stop(worker->loop);
}

static void drain(struct worker *worker)
{
    if (worker->draining)
        return;
    worker->draining = true;
    timer_start(&worker->patience, worker->app->server.drain_timeout);
    http_server_drain(worker->service.http, on_clients_gone, worker);
}

static void on_handshakes_over(struct timer *timer)
{
    drain(container_of(timer, struct worker, handshakes));
}

static void on_delay_over(struct timer *timer)
{
    struct worker *worker = container_of(timer, struct worker, delay);
    http_server_hold_off(worker->service.http);
    timer_start(&worker->handshakes, HANDSHAKE_MS);
}

/* Whoever asks whether it is ready hears that it is not; it serves on until they have noticed. */
static void on_stop(void *owner, int signum)
{
    (void)signum;
    struct worker *worker = owner;
    if (worker->service.leaving)
        return;
    worker->service.leaving = true;
    timer_start(&worker->delay, worker->app->server.drain_delay);
}

static void on_drain(void *owner, int signum)
{
    (void)signum;
    struct worker *worker = owner;
    worker->service.leaving = true;
    drain(worker);
}

static void on_reopen(void *owner, int signum)
{
    (void)owner, (void)signum;
    log_files_reopen();
}

/* Shows the master that the loop turns, and asks for relief when it is time. */
static void on_pulse(struct timer *timer)
{
    struct worker *worker = container_of(timer, struct worker, pulse);
    heartbeats_beat(worker->setup->beats, worker->setup->place);
    if (worker->warm && relief_is_due(&worker->relief, worker->service.served))
        children_tell(worker->setup->master, NEWS_RELIEVE_ME);
    timer_start(timer, PULSE_MS);
}

static void on_master_gone(void *owner)
{
    drain(owner);
}

/* The worker serves since it was started; now it may take over from others. */
static void on_warm(void *owner)
{
    struct worker *worker = owner;
    worker->warm = true;
    if (worker->setup->beats)
        children_tell(worker->setup->master, NEWS_READY);
}

/* Without a master. */
static bool is_alone(const struct worker_setup *setup)
{
    return setup->lifeline < 0;
}

/* Sets the loop's ears; false when the system refuses. */
static bool listen_all(struct worker *worker, const struct worker_setup *setup)
{
    bool well = loop_on_signal(worker->loop, SIGTERM, on_stop, worker) == LS_OK;
    if (well && is_alone(setup))
        well = loop_on_signal(worker->loop, SIGINT, on_stop, worker) == LS_OK;
    else if (well)
        well = loop_on_signal(worker->loop, SIGNAL_DRAIN, on_drain, worker) == LS_OK &&
               loop_on_signal(worker->loop, SIGNAL_REOPEN, on_reopen, worker) == LS_OK &&
               loop_on_hangup(worker->loop, setup->lifeline, on_master_gone, worker) == LS_OK;
    for (size_t i = 0; well && i < setup->listener_count; i++)
        well = http_server_listen(worker->service.http, setup->listeners[i]) == LS_OK;
    return well;
}

static bool start(struct worker *worker, const struct worker_setup *setup)
{
    struct http_limits limits = app_http_limits(worker->app);
    const struct fetch_pool_options pool = {.max_connections =
                                                worker->app->upstream.max_connections,
                                            .max_idle = worker->app->upstream.max_idle};
    worker->loop = loop_new();
    if (!worker->loop)
        return false;
    worker->resources.pool = fetch_pool_new(worker->loop, &pool);
    worker->resources.find = app_find_for_run;
    worker->resources.find_owner = worker->app;
    worker->resources.store = app_store(worker->app, worker->loop);
    worker->resources.cache = cache_open();
    worker->resources.slots = slots_set_new(worker->loop, worker->app->paces);
    worker->resources.balances = balances_new(worker->loop);
    worker->resources.scribe = scribe_new(worker->loop);
    service_init(&worker->service, worker->loop, worker->app->site, &limits, &worker->resources);
    worker->service.limits = app_shared_limits(worker->app, worker->loop);
    worker->service.tracing = tracing_new(worker->loop, &worker->app->tracing);
    timer_init(&worker->delay, worker->loop, on_delay_over);
    timer_init(&worker->handshakes, worker->loop, on_handshakes_over);
    timer_init(&worker->patience, worker->loop, on_patience_over);
    timer_init(&worker->pulse, worker->loop, on_pulse);
    if (worker->service.kept && setup->ids &&
        !service_share(&worker->service, &limits, setup->ids, setup->folder))
        return false;
    return listen_all(worker, setup);
}

/* Signals come in only while the loop hears them: before and after one would kill the worker, not
 * drain it. */
static void run(struct worker *worker, const sigset_t *signals)
{
    sigset_t outside;
    if (signals)
        sigprocmask(SIG_SETMASK, signals, &outside);
    loop_run(worker->loop);
    if (signals)
        sigprocmask(SIG_SETMASK, &outside, NULL);
}

static void finish(struct worker *worker)
{
    service_fini(&worker->service);
    shared_limits_free(&worker->service.limits);
    cache_close(&worker->resources.cache);
    loop_settle(worker->loop); /* runs that were cancelled let go of their transfers */
    if (worker->service.tracing)
        tracing_stop(worker->service.tracing);
    store_free(&worker->resources.store);
    scribe_free(&worker->resources.scribe);
    fetch_pool_free(&worker->resources.pool);
    loop_free(&worker->loop); /* what waits for slots leaves them */
    slots_set_free(&worker->resources.slots);
    balances_free(&worker->resources.balances);
    if (worker->service.tracing)
        tracing_free(&worker->service.tracing);
    app_free(&worker->app);
}

int worker_run(const struct worker_setup *setup)
{
    struct worker worker = {.app = setup->app, .setup = setup};
    log_hide_inputs(!setup->app->server.log_inputs);
    if (!setup->app->server.core_dumps)
        process_keep_private();
    if (is_alone(setup)) {
        metrics_enter_worker(1);
    } else {
        signal(SIGINT, SIG_IGN); /* a terminal's Ctrl-C reaches all; the master passes it on */
        signal(SIGHUP, SIG_IGN);
    }
    if (!start(&worker, setup)) {
        log_event(LOG_ERROR, "start_failed",
                  "the worker cannot start: the system refuses it an event loop");
        return 1;
    }
    if (!is_alone(setup)) {
        const struct recycle_options *recycle = &worker.app->recycle;
        relief_init(&worker.relief, recycle->requests, recycle->age, recycle->memory);
        on_pulse(&worker.pulse);
    }
    worker.service.health = health_new(&worker.service, worker.app->health, on_warm, &worker);
    log_hold(true);
    run(&worker, setup->signals);
    finish(&worker);
    log_hold(false);
    return 0;
}
