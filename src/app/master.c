/* Design: signals are blocked and taken one by one from sigtimedwait(), so that nothing runs
 * inside a handler.  Workers hold the reading end of a pipe whose writing end only the master has:
 * when the master dies, however, they notice. */
#include "app/master.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/worker.h"
#include "base/clock.h"
#include "base/json_pool.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metrics.h"
#include "base/shared_ids.h"
#include "loop/net.h"
#include "routes/relay.h"

enum {
    MAX_LISTENERS = 2,
    WATCH_MS = 300,     /* how often a watched file is looked at */
    MIN_LIFE_MS = 1000, /* a worker that dies younger is restarted later */
    MAX_BACKOFF_MS = 10000,
};

struct child {
    pid_t pid;       /* 0: to be started at `due_ms` */
    unsigned number; /* among those that are alive, from 1 */
    int64_t born_ms, due_ms;
    bool old; /* of a generation that is being replaced: not restarted */
};

struct master {
    struct app *app;
    const struct master_options *options;
    int listeners[MAX_LISTENERS];
    char *paths[MAX_LISTENERS]; /* of those that are Unix sockets */
    size_t listener_count;
    char *url;
    int lifeline[2];
    struct shared_ids *ids; /* which worker keeps which run; NULL: no app has kept any yet */
    char *folder;           /* of the workers' private sockets, with `ids` */
    struct child *children;
    size_t count;
    int64_t backoff_ms;
    struct timespec seen; /* modification time of the watched file */
    sigset_t signals, before;
    bool stopping;
    int64_t kill_ms; /* when workers that still run are killed */
};

static int64_t now_ms(void)
{
    return clock_steady_us() / 1000;
}

static bool is_unix(const char *host)
{
    return strncmp(host, "unix:", 5) == 0;
}

static bool add_listener(struct master *master, const char *host, int *port)
{
    char why[256];
    int fd;
    if (net_bind(&fd, host, port, why) != LS_OK) {
        log_event(LOG_ERROR, "listen_failed", "%s", why);
        return false;
    }
    if (is_unix(host))
        master->paths[master->listener_count] = mem_strdup(host + 5);
    master->listeners[master->listener_count++] = fd;
    return true;
}

/* Once the workers have closed theirs too, new connections are refused. */
static void close_listeners(struct master *master)
{
    for (size_t i = 0; i < master->listener_count; i++) {
        close(master->listeners[i]);
        if (master->paths[i])
            unlink(master->paths[i]);
    }
    master->listener_count = 0;
}

static bool bind_all(struct master *master)
{
    const struct server_options *server = &master->app->server;
    const char *host = master->options->host ? master->options->host : server->host;
    int port = (int)(master->options->port >= 0 ? master->options->port : server->port);
    if (!add_listener(master, host, &port))
        return false;
    bool v6 = strchr(host, ':') != NULL;
    master->url = is_unix(host) ? mem_strdup(host)
                                : mem_printf(v6 ? "http://[%s]:%d" : "http://%s:%d", host, port);
    if (!server->socket)
        return true;
    char *path = mem_printf("unix:%s", server->socket);
    bool bound = add_listener(master, path, &port);
    free(path);
    return bound;
}

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

/* What a dead worker kept is gone. */
static void forget_runs(struct master *master, pid_t pid)
{
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
    for (size_t i = 0; i < MAX_LISTENERS; i++)
        free(master->paths[i]);
    free(master->children);
    free(master->url);
}

static void run_child(struct master *master, unsigned number)
{
    struct worker_setup setup = {.app = master->app,
                                 .listeners = master->listeners,
                                 .listener_count = master->listener_count,
                                 .lifeline = master->lifeline[0],
                                 .ids = master->ids,
                                 .folder = master->folder,
                                 .signals = &master->before};
    metrics_enter_worker(number);
    close(master->lifeline[1]);
    master->ids = NULL; /* the worker's now */
    master->folder = NULL;
    free_all(master);
    exit(worker_run(&setup));
}

/* The smallest number that no worker has. */
static unsigned free_number(const struct master *master)
{
    unsigned number = 1;
    for (size_t i = 0; i < master->count;)
        if (master->children[i].pid > 0 && master->children[i].number == number) {
            number++;
            i = 0;
        } else {
            i++;
        }
    return number;
}

static void start_child(struct master *master, struct child *child)
{
    json_pool_empty(); /* what loading the app has freed is not to be every worker's */
    (void)malloc_trim(0);
    child->number = free_number(master);
    pid_t pid = fork();
    if (pid == 0)
        run_child(master, child->number);
    child->born_ms = now_ms();
    child->pid = pid > 0 ? pid : 0;
    child->due_ms = child->born_ms + MIN_LIFE_MS;
    if (pid < 0)
        log_event(LOG_ERROR, "start_failed", "cannot start a worker: %s", strerror(errno));
}

static void add_children(struct master *master)
{
    unsigned wanted =
        master->options->workers ? master->options->workers : app_workers(master->app);
    master->children =
        mem_resize(master->children, master->count + wanted, sizeof *master->children);
    for (unsigned i = 0; i < wanted; i++) {
        struct child *child = &master->children[master->count++];
        *child = (struct child){0};
        start_child(master, child);
    }
}

static void signal_children(const struct master *master, int signum, bool only_old)
{
    for (size_t i = 0; i < master->count; i++)
        if (master->children[i].pid > 0 && (!only_old || master->children[i].old))
            kill(master->children[i].pid, signum);
}

static void tell_death(pid_t pid, int status)
{
    if (WIFSIGNALED(status))
        log_event(LOG_ERROR, "worker_died", "worker %d was ended by signal %d", (int)pid,
                  WTERMSIG(status));
    else if (WEXITSTATUS(status) != 0)
        log_event(LOG_ERROR, "worker_died", "worker %d ended with status %d", (int)pid,
                  WEXITSTATUS(status));
}

static void forget_child(struct master *master, size_t i)
{
    master->children[i] = master->children[--master->count];
}

/* Those that died and were to be started again. */
static void forget_dead(struct master *master)
{
    for (size_t i = master->count; i-- > 0;)
        if (master->children[i].pid == 0)
            forget_child(master, i);
}

/* A worker died: one that lived long enough is replaced at once, one that did not later and
 * later, so that a fault at start-up does not spin. */
static void on_death(struct master *master, size_t i, int status)
{
    struct child *child = &master->children[i];
    tell_death(child->pid, status);
    metrics_forget_worker(child->number);
    if (child->old || master->stopping) {
        forget_child(master, i);
        return;
    }
    bool young = now_ms() - child->born_ms < MIN_LIFE_MS;
    int64_t longer = master->backoff_ms > 0 ? master->backoff_ms * 2 : 100;
    master->backoff_ms = !young ? 0 : longer < MAX_BACKOFF_MS ? longer : MAX_BACKOFF_MS;
    child->pid = 0;
    child->due_ms = now_ms() + master->backoff_ms;
}

static void reap(struct master *master)
{
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        forget_runs(master, pid);
        for (size_t i = 0; i < master->count; i++)
            if (master->children[i].pid == pid) {
                on_death(master, i, status);
                break;
            }
    }
}

static void restart_due(struct master *master)
{
    for (size_t i = 0; i < master->count; i++)
        if (master->children[i].pid == 0 && !master->stopping &&
            master->children[i].due_ms <= now_ms()) {
            start_child(master, &master->children[i]);
            metric_add(metrics.worker_restarts, 1);
        }
}

static void stop(struct master *master, int signum)
{
    if (master->stopping && signum == SIGINT) {
        signal_children(master, SIGKILL, false); /* a second Ctrl-C means now */
        return;
    }
    if (!master->stopping)
        log_event(LOG_INFO, "stopping", "running requests may end first");
    master->stopping = true;
    master->kill_ms = now_ms() + master->app->server.drain_timeout + 1000;
    close_listeners(master);
    signal_children(master, SIGTERM, false);
    forget_dead(master);
}

/* Logs each line of a text by itself. */
static void log_lines(enum log_level level, const char *event, const char *text)
{
    for (size_t len; *text; text += len + (text[len] == '\n')) {
        len = strcspn(text, "\n");
        log_event(level, event, "%.*s", (int)len, text);
    }
}

/* Reads the file again; a good one is served by new workers, and the old ones drain. */
static void reload(struct master *master)
{
    struct problems problems;
    struct buf text;
    problems_init(&problems);
    buf_init(&text, 1 << 20);
    struct app *app = app_load(master->options->file, &problems);
    problems_print(&problems, &text);
    problems_fini(&problems);
    if (!app) {
        log_lines(LOG_ERROR, "reload_refused", buf_str(&text));
        log_event(LOG_ERROR, "reload_refused", "%s has mistakes, the old app goes on",
                  master->options->file);
        buf_fini(&text);
        return;
    }
    buf_fini(&text);
    log_event(LOG_INFO, "reload", "%s has changed: starting new workers", master->options->file);
    app_make_key(app);
    app_free(&master->app);
    master->app = app;
    (void)share_runs(master); /* without, each worker has its own */
    forget_dead(master);
    for (size_t i = 0; i < master->count; i++)
        master->children[i].old = true;
    add_children(master);
    signal_children(master, SIGTERM, true);
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
    reload(master);
}

/* How long to wait for a signal; -1: for ever. */
static int64_t patience_ms(const struct master *master)
{
    int64_t least = master->options->reload ? WATCH_MS : -1;
    if (master->stopping)
        least = master->kill_ms - now_ms();
    for (size_t i = 0; i < master->count; i++) {
        int64_t until = master->children[i].due_ms - now_ms();
        if (master->children[i].pid == 0 && (least < 0 || until < least))
            least = until > 0 ? until : 0;
    }
    return master->stopping && least < 0 ? 0 : least;
}

static int next_signal(const struct master *master)
{
    int64_t ms = patience_ms(master);
    struct timespec wait = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    int signum =
        ms < 0 ? sigwaitinfo(&master->signals, NULL) : sigtimedwait(&master->signals, NULL, &wait);
    return signum > 0 ? signum : 0;
}

static void serve(struct master *master)
{
    while (!master->stopping || master->count > 0) {
        int signum = next_signal(master);
        if (signum == SIGTERM || signum == SIGINT)
            stop(master, signum);
        else if (signum == SIGHUP && master->options->file && !master->stopping)
            reload(master);
        if (master->stopping && now_ms() >= master->kill_ms)
            signal_children(master, SIGKILL, false);
        reap(master);
        restart_due(master);
        watch(master);
    }
}

static void block_signals(struct master *master)
{
    sigemptyset(&master->signals);
    sigaddset(&master->signals, SIGTERM);
    sigaddset(&master->signals, SIGINT);
    sigaddset(&master->signals, SIGHUP);
    sigaddset(&master->signals, SIGCHLD);
    sigprocmask(SIG_BLOCK, &master->signals, &master->before);
}

static void close_all(struct master *master)
{
    close_listeners(master);
    close(master->lifeline[0]);
    close(master->lifeline[1]);
    if (master->folder)
        rmdir(master->folder);
    free_all(master);
}

int master_run(struct app *app, const struct master_options *options)
{
    struct master master = {.app = app, .options = options, .lifeline = {-1, -1}};
    if (pipe2(master.lifeline, O_CLOEXEC) != 0 || !share_runs(&master) || !bind_all(&master)) {
        close_all(&master);
        app_free(&master.app);
        return 1;
    }
    if (options->reload)
        master.seen = modified(options->file);
    app_make_key(app);
    block_signals(&master);
    if (options->on_ready)
        options->on_ready(options->owner, master.url);
    add_children(&master);
    serve(&master);
    close_all(&master);
    sigprocmask(SIG_SETMASK, &master.before, NULL);
    app_free(&master.app);
    return 0;
}
