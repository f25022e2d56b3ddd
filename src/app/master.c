/* Design: signals are blocked and taken one by one from sigtimedwait(), so that nothing runs
 * inside a handler; workers tell their news by a queued signal too.  Workers hold the reading end
 * of a pipe whose writing end only the master has: when the master dies, however, they notice. */
#include "app/master.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/children.h"
#include "app/listeners.h"
#include "app/notify.h"
#include "app/worker.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/log_files.h"
#include "base/mem.h"
#include "base/metrics.h"
#include "base/process.h"
#include "base/shared_ids.h"
#include "routes/relay.h"

enum {
    WATCH_MS = 300,   /* how often a watched file is looked at */
    LISTEN_MS = 1000, /* how often workers' signs of life are looked at */
};

struct master {
    struct app *app;
    const struct master_options *options;
    pid_t pid;
    struct listeners listeners;
    int lifeline[2];
    struct shared_ids *ids; /* which worker keeps which run; NULL: no app has kept any yet */
    char *folder;           /* of the workers' private sockets, with `ids` */
    struct children children;
    pid_t trial;          /* a process that tries the file before it is taken; 0: none */
    bool again;           /* it is to be tried once more */
    struct timespec seen; /* modification time of the watched file */
    sigset_t signals, before;
    bool stopping;
    int64_t kill_ms;     /* when workers that still run are killed */
    int64_t watchdog_ms; /* between two signs of life for the service manager; 0: it wants none */
    int64_t sign_ms;     /* when the next is due */
};

static int64_t now_ms(void)
{
    return clock_steady_us() / 1000;
}

/* ---- what workers share ---- */

/* Readies what workers that keep runs share. */
static bool share_runs(struct master *master)
{
    const char *tmp = getenv("TMPDIR");
    if (master->ids || !site_keeps_runs(master->app->site))
        return true;
    master->ids = shared_ids_new();
    master->folder = mem_printf("%s/langserved-XXXXXX", tmp && strlen(tmp) < 80 ? tmp : "/tmp");
    if (master->ids && mkdtemp(master->folder))
        return true;
    log_event(LOG_ERROR, "start_failed", "cannot make %s: %s", master->folder, strerror(errno));
    shared_ids_free(&master->ids);
    free(master->folder);
    master->folder = NULL;
    return false;
}

/* What a dead worker kept or held is gone. */
static void forget_worker(struct master *master, pid_t pid)
{
    app_forget_limits(master->app, pid);
    if (!master->ids)
        return;
    char *path = relay_path(master->folder, pid);
    shared_ids_forget(master->ids, pid);
    unlink(path);
    free(path);
}

static void free_all(struct master *master)
{
    shared_ids_free(&master->ids);
    free(master->folder);
    listeners_fini(&master->listeners);
}

/* A worker's life, in its process. */
static void run_child(void *owner, unsigned place)
{
    struct master *master = owner;
    struct listeners listeners = master->listeners;
    struct worker_setup setup = {.app = master->app,
                                 .listeners = listeners.fds,
                                 .listener_count = listeners.count,
                                 .lifeline = master->lifeline[0],
                                 .master = master->pid,
                                 .place = place,
                                 .beats = master->children.beats,
                                 .ids = master->ids,
                                 .folder = master->folder,
                                 .signals = &master->before};
    metrics_enter_worker(place + 1);
    close(master->lifeline[1]);
    master->children.beats = NULL; /* the worker's now, and so are these */
    master->ids = NULL;
    master->folder = NULL;
    free_all(master);
    children_fini(&master->children);
    exit(worker_run(&setup));
}

static void start_workers(struct master *master)
{
    children_add(&master->children,
                 master->options->workers ? master->options->workers : app_workers(master->app));
}

/* ---- a new file ---- */

/* The app of the file; NULL: told why not.  `warn`: of what is well but odd, too. */
static struct app *load(const struct master *master, bool warn)
{
    struct problems problems;
    problems_init(&problems);
    struct app *app = app_load(master->options->file, &problems);
    if (!app)
        problems_log(&problems, "reload_refused");
    else if (warn)
        problems_log(&problems, APP_WARNING);
    problems_fini(&problems);
    return app;
}

/* Has another process load the file: whatever that does to it, this one goes on. */
static void try_reload(struct master *master)
{
    if (master->trial > 0) {
        master->again = true;
        return;
    }
    master->trial = fork();
    if (master->trial == 0) {
        close(master->lifeline[1]);
        metrics_go_private(); /* loading declares some */
        _exit(load(master, false) ? 0 : 1);
    }
    if (master->trial < 0)
        log_event(LOG_ERROR, "reload_refused", "cannot try the file: %s", strerror(errno));
}

static bool is_same(const char *one, const char *other)
{
    return one && other ? strcmp(one, other) == 0 : one == other;
}

/* Tells of what a new file cannot change. */
static void tell_what_stays(const struct master *master, const struct server_options *now)
{
    const struct server_options *then = &master->app->server;
    const struct master_options *options = master->options;
    if ((!options->host && !is_same(now->host, then->host)) ||
        (options->port < 0 && now->port != then->port) || !is_same(now->socket, then->socket))
        log_event(LOG_WARNING, APP_WARNING,
                  "host, port and socket are those of the start: only a new start changes them");
    if (now->core_dumps && !then->core_dumps)
        log_event(LOG_WARNING, APP_WARNING, "only a new start switches core_dumps on");
}

/* Serves the file with new workers; the old ones drain when those are ready. */
static void replace_app(struct master *master)
{
    struct app *app = load(master, true);
    if (!app)
        return;
    if (!app_share_limits(app, master->app)) {
        app_free(&app);
        return;
    }
    app_begin_log(app);
    log_event(LOG_INFO, "reload", "%s is read again: starting new workers", master->options->file);
    tell_what_stays(master, &app->server);
    notify_manager("RELOADING=1");
    app_make_key(app);
    app_free(&master->app);
    master->app = app;
    (void)share_runs(master); /* without, each worker has its own */
    children_retire_all(&master->children);
    start_workers(master);
}

static void on_tried(struct master *master, int status)
{
    bool again = master->again;
    master->trial = 0;
    master->again = false;
    if (master->stopping)
        return;
    if (again)
        try_reload(master);
    else if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        replace_app(master);
    else if (WIFSIGNALED(status))
        log_event(LOG_ERROR, "reload_refused",
                  "loading %s ended with signal %d, the old app goes on", master->options->file,
                  WTERMSIG(status));
    else
        log_event(LOG_ERROR, "reload_refused", "%s has mistakes, the old app goes on",
                  master->options->file);
}

static struct timespec modified(const char *path)
{
    struct stat stat_buf;
    return stat(path, &stat_buf) == 0 ? stat_buf.st_mtim : (struct timespec){0};
}

static void watch(struct master *master)
{
    if (!master->options->reload || master->stopping)
        return;
    struct timespec now = modified(master->options->file);
    bool same = now.tv_sec == master->seen.tv_sec && now.tv_nsec == master->seen.tv_nsec;
    if (same || now.tv_sec == 0)
        return;
    master->seen = now;
    try_reload(master);
}

/* ---- signals ---- */

static void stop(struct master *master, int signum)
{
    const struct server_options *server = &master->app->server;
    if (master->stopping && signum == SIGINT) {
        children_signal(&master->children, SIGKILL); /* a second Ctrl-C means now */
        return;
    }
    if (!master->stopping) {
        log_event(LOG_INFO, "stopping", "running requests may end first");
        notify_manager("STOPPING=1");
        master->kill_ms = now_ms() + server->drain_delay + server->drain_timeout + 1000;
    }
    master->stopping = true;
    listeners_close(&master->listeners);
    children_signal(&master->children, SIGTERM);
    children_forget_dead(&master->children);
}

static void on_news(struct master *master, const siginfo_t *info)
{
    if (info->si_code != SI_QUEUE || master->stopping)
        return;
    if (info->si_value.sival_int == NEWS_RELIEVE_ME)
        children_relieve(&master->children, info->si_pid);
    else if (children_ready(&master->children, info->si_pid))
        notify_manager("READY=1");
}

static void reopen_log(const struct master *master)
{
    log_files_reopen();
    children_signal(&master->children, SIGNAL_REOPEN);
}

static void on_signal(struct master *master, const siginfo_t *info)
{
    if (info->si_signo == SIGTERM || info->si_signo == SIGINT)
        stop(master, info->si_signo);
    else if (info->si_signo == SIGHUP && master->options->file && !master->stopping)
        try_reload(master);
    else if (info->si_signo == SIGNAL_REOPEN)
        reopen_log(master);
    else if (info->si_signo == children_news_signal())
        on_news(master, info);
}

static void reap(struct master *master)
{
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        if (pid == master->trial) {
            on_tried(master, status);
            continue;
        }
        forget_worker(master, pid);
        children_on_death(&master->children, pid, status, !master->stopping);
    }
}

static int64_t sooner(int64_t one, int64_t other)
{
    return one < 0 || (other >= 0 && other < one) ? other : one;
}

/* How long to wait for a signal. */
static int64_t patience_ms(const struct master *master)
{
    int64_t wait = master->app->server.watchdog > 0 ? LISTEN_MS : -1;
    if (master->options->reload)
        wait = sooner(wait, WATCH_MS);
    if (master->watchdog_ms > 0)
        wait = sooner(wait, master->sign_ms > now_ms() ? master->sign_ms - now_ms() : 0);
    if (master->stopping)
        wait = sooner(wait, master->kill_ms > now_ms() ? master->kill_ms - now_ms() : 0);
    return sooner(wait, children_wait_ms(&master->children));
}

static void wait_for_signal(struct master *master)
{
    int64_t ms = patience_ms(master);
    siginfo_t info = {0};
    struct timespec wait = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    int signum = ms < 0 ? sigwaitinfo(&master->signals, &info)
                        : sigtimedwait(&master->signals, &info, &wait);
    if (signum > 0)
        on_signal(master, &info);
}

/* The service manager hears from a master whose workers live: those that do not are killed. */
static void look_after(struct master *master)
{
    if (master->app->server.watchdog > 0)
        children_kill_silent(&master->children, master->app->server.watchdog);
    if (master->watchdog_ms > 0 && now_ms() >= master->sign_ms) {
        notify_manager("WATCHDOG=1");
        master->sign_ms = now_ms() + master->watchdog_ms;
    }
}

static void serve(struct master *master)
{
    while (!master->stopping || master->children.count > 0) {
        wait_for_signal(master);
        if (master->stopping && now_ms() >= master->kill_ms)
            children_signal(&master->children, SIGKILL);
        reap(master);
        if (!master->stopping)
            children_start_due(&master->children);
        look_after(master);
        watch(master);
    }
}

/* A log that nobody takes any more, or whose file is as large as it may be, ends no process. */
static void keep_log_harmless(void)
{
    process_ignore(SIGPIPE);
    process_ignore(SIGXFSZ);
}

static void block_signals(struct master *master)
{
    sigemptyset(&master->signals);
    sigaddset(&master->signals, SIGTERM);
    sigaddset(&master->signals, SIGINT);
    sigaddset(&master->signals, SIGHUP);
    sigaddset(&master->signals, SIGNAL_REOPEN);
    sigaddset(&master->signals, SIGCHLD);
    sigaddset(&master->signals, SIGNAL_DRAIN); /* only workers hear it */
    sigaddset(&master->signals, children_news_signal());
    sigprocmask(SIG_BLOCK, &master->signals, &master->before);
}

static void close_all(struct master *master)
{
    if (master->trial > 0)
        kill(master->trial, SIGKILL);
    listeners_close(&master->listeners);
    close(master->lifeline[0]);
    close(master->lifeline[1]);
    if (master->folder)
        rmdir(master->folder);
    children_fini(&master->children);
    free_all(master);
}

static bool ready_all(struct master *master)
{
    const struct server_options *server = &master->app->server;
    const struct master_options *options = master->options;
    return pipe2(master->lifeline, O_CLOEXEC) == 0 && share_runs(master) &&
           app_share_limits(master->app, NULL) &&
           children_init(&master->children, run_child, master) &&
           listeners_bind(&master->listeners, options->host ? options->host : server->host,
                          (int)(options->port >= 0 ? options->port : server->port), server->socket);
}

int master_run(struct app *app, const struct master_options *options)
{
    struct master master = {.app = app, .options = options, .pid = getpid(), .lifeline = {-1, -1}};
    process_open_many();
    if (!app->server.core_dumps)
        process_keep_private();
    if (!ready_all(&master)) {
        close_all(&master);
        app_free(&master.app);
        return 1;
    }
    if (options->reload)
        master.seen = modified(options->file);
    master.watchdog_ms = notify_watchdog_ms();
    app_make_key(app);
    keep_log_harmless();
    log_files_remember();
    block_signals(&master);
    if (options->on_ready)
        options->on_ready(options->owner, master.listeners.url);
    start_workers(&master);
    serve(&master);
    close_all(&master);
    sigprocmask(SIG_SETMASK, &master.before, NULL);
    app_free(&master.app);
    return 0;
}
