#include "app/children.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/heartbeats.h"
#include "base/json_pool.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metrics.h"

enum {
    MIN_LIFE_MS = 1000, /* a worker that dies younger is restarted later */
    MAX_BACKOFF_MS = 10000,
};

static int64_t now_ms(void)
{
    return clock_steady_us() / 1000;
}

int children_news_signal(void)
{
    return SIGRTMIN; /* unlike others it is queued */
}

void children_tell(pid_t master, enum worker_news news)
{
    if (getppid() == master) /* else it is gone */
        (void)sigqueue(master, children_news_signal(), (union sigval){.sival_int = (int)news});
}

bool children_init(struct children *children, void (*run)(void *owner, unsigned place), void *owner)
{
    *children = (struct children){.run = run, .owner = owner, .beats = heartbeats_new()};
    return children->beats != NULL;
}

void children_fini(struct children *children)
{
    heartbeats_free(&children->beats);
    free(children->list);
    children->list = NULL;
}

static void start(struct children *children, struct child *child)
{
    json_pool_empty(); /* what loading the app has freed is not to be every worker's */
    (void)malloc_trim(0);
    heartbeats_beat(children->beats, child->place);
    pid_t pid = fork();
    if (pid == 0)
        children->run(children->owner, child->place);
    child->born_ms = now_ms();
    child->pid = pid > 0 ? pid : 0;
    child->due_ms = child->born_ms + MIN_LIFE_MS;
    child->ready = false;
    if (pid < 0)
        log_event(LOG_ERROR, "start_failed", "cannot start a worker: %s", strerror(errno));
}

static bool is_taken(const struct children *children, unsigned place)
{
    for (size_t i = 0; i < children->count; i++)
        if (children->list[i].place == place)
            return true;
    return false;
}

static unsigned free_place(const struct children *children)
{
    unsigned place = 0;
    while (is_taken(children, place))
        place++;
    return place;
}

void children_add(struct children *children, unsigned count)
{
    children->list = mem_resize(children->list, children->count + count, sizeof *children->list);
    for (unsigned i = 0; i < count && children->count < HEARTBEATS; i++) {
        struct child child = {.place = free_place(children)};
        start(children, &child);
        children->list[children->count++] = child;
    }
}

static void forget(struct children *children, size_t i)
{
    children->list[i] = children->list[--children->count];
}

void children_forget_dead(struct children *children)
{
    for (size_t i = children->count; i-- > 0;)
        if (children->list[i].pid == 0)
            forget(children, i);
}

void children_retire_all(struct children *children)
{
    children_forget_dead(children);
    for (size_t i = 0; i < children->count; i++)
        children->list[i].old = true;
}

static struct child *find(const struct children *children, pid_t pid)
{
    for (size_t i = 0; i < children->count; i++)
        if (children->list[i].pid == pid)
            return &children->list[i];
    return NULL;
}

void children_relieve(struct children *children, pid_t pid)
{
    struct child *child = find(children, pid);
    if (!child || child->old)
        return;
    child->old = true;
    children_add(children, 1);
}

bool children_ready(struct children *children, pid_t pid)
{
    struct child *child = find(children, pid);
    if (child)
        child->ready = true;
    for (size_t i = 0; i < children->count; i++)
        if (!children->list[i].old && !children->list[i].ready)
            return false;
    for (size_t i = 0; i < children->count; i++)
        if (children->list[i].old)
            kill(children->list[i].pid, SIGNAL_DRAIN);
    return true;
}

void children_signal(const struct children *children, int signum)
{
    for (size_t i = 0; i < children->count; i++)
        if (children->list[i].pid > 0)
            kill(children->list[i].pid, signum);
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

void children_on_death(struct children *children, pid_t pid, int status, bool again)
{
    struct child *child = find(children, pid);
    if (!child)
        return;
    tell_death(pid, status);
    metrics_forget_worker(child->place + 1);
    if (child->old || !again) {
        forget(children, (size_t)(child - children->list));
        return;
    }
    bool young = now_ms() - child->born_ms < MIN_LIFE_MS;
    int64_t longer = children->backoff_ms > 0 ? children->backoff_ms * 2 : 100;
    children->backoff_ms = !young ? 0 : longer < MAX_BACKOFF_MS ? longer : MAX_BACKOFF_MS;
    child->pid = 0;
    child->due_ms = now_ms() + children->backoff_ms;
}

void children_start_due(struct children *children)
{
    for (size_t i = 0; i < children->count; i++)
        if (children->list[i].pid == 0 && children->list[i].due_ms <= now_ms()) {
            start(children, &children->list[i]);
            metric_add(metrics.worker_restarts, 1);
        }
}

int64_t children_wait_ms(const struct children *children)
{
    int64_t least = -1;
    for (size_t i = 0; i < children->count; i++) {
        int64_t until = children->list[i].due_ms - now_ms();
        if (children->list[i].pid == 0 && (least < 0 || until < least))
            least = until > 0 ? until : 0;
    }
    return least;
}

void children_kill_silent(const struct children *children, int64_t limit_ms)
{
    for (size_t i = 0; i < children->count; i++) {
        const struct child *child = &children->list[i];
        int64_t silence = heartbeats_silence(children->beats, child->place);
        if (child->pid == 0 || silence < limit_ms)
            continue;
        log_event(LOG_ERROR, "worker_hangs", "worker %d has not moved for %lld s: it is killed",
                  (int)child->pid, (long long)silence / 1000);
        kill(child->pid, SIGKILL);
    }
}
