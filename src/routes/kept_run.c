#include "routes/kept_run.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/shared_ids.h"
#include "gates/api_key.h"
#include "routes/follower.h"
#include "run/hub.h"

enum { BUCKETS = 1024 };

struct kept_runs {
    struct loop *loop;
    struct shared_ids *ids; /* NULL: there are no other workers */
    size_t running;
    struct task idle;
    void (*on_idle)(void *owner); /* NULL: nobody asks */
    void *idle_owner;
    struct link buckets[BUCKETS]; /* by the id's last bytes */
};

/* The run has it until its end, the list until it is forgotten. */
struct kept_run {
    struct link link;
    struct kept_runs *runs; /* NULL: forgotten */
    struct uuid id;
    const struct route *route;
    endpoint_fn *endpoint;
    char *caller; /* NULL: nobody's */
    struct loop *loop;
    struct hub *hub;
    struct timer keep; /* from its end on */
    bool ended, well, cancelled;
};

static void on_idle_task(struct task *task)
{
    struct kept_runs *runs = container_of(task, struct kept_runs, idle);
    runs->on_idle(runs->idle_owner);
}

static void tell_if_idle(struct kept_runs *runs)
{
    if (runs->running == 0 && runs->on_idle)
        loop_soon(runs->loop, &runs->idle);
}

struct kept_runs *kept_runs_new(struct loop *loop)
{
    struct kept_runs *runs = mem_zalloc(1, sizeof *runs);
    runs->loop = loop;
    task_init(&runs->idle, on_idle_task);
    for (size_t i = 0; i < BUCKETS; i++)
        list_init(&runs->buckets[i]);
    return runs;
}

void kept_runs_share(struct kept_runs *runs, struct shared_ids *ids)
{
    runs->ids = ids;
}

static void free_run(struct kept_run *kept)
{
    hub_rele(&kept->hub);
    free(kept->caller);
    free(kept);
}

/* Takes the run out of the list; one that has ended is freed. */
static void forget(struct kept_run *kept)
{
    struct kept_runs *runs = kept->runs;
    kept->runs = NULL;
    list_remove(&kept->link);
    timer_stop(&kept->keep);
    if (runs->ids)
        shared_ids_remove(runs->ids, &kept->id, getpid());
    if (!kept->ended)
        return;
    free_run(kept);
}

void kept_runs_free(struct kept_runs **runs)
{
    if (!*runs)
        return;
    for (size_t i = 0; i < BUCKETS; i++)
        for (struct link *l; (l = list_take_first(&(*runs)->buckets[i]));) {
            struct kept_run *kept = container_of(l, struct kept_run, link);
            hub_cancel(kept->hub, LS_SHUTDOWN);
            forget(kept);
        }
    task_cancel(&(*runs)->idle);
    free(*runs);
    *runs = NULL;
}

static struct link *bucket(const struct kept_runs *runs, const struct uuid *id)
{
    size_t i = (size_t)id->bytes[14] << 8 | id->bytes[15];
    return (struct link *)&runs->buckets[i % BUCKETS];
}

struct kept_run *kept_runs_find(const struct kept_runs *runs, const struct uuid *id)
{
    struct link *all = bucket(runs, id);
    for (struct link *l = all->next; l != all; l = l->next) {
        struct kept_run *kept = container_of(l, struct kept_run, link);
        if (memcmp(&kept->id, id, sizeof *id) == 0)
            return kept;
    }
    return NULL;
}

bool kept_runs_know(const struct kept_runs *runs, const struct uuid *id)
{
    return kept_runs_find(runs, id) || (runs->ids && shared_ids_find(runs->ids, id) != 0);
}

void kept_runs_when_idle(struct kept_runs *runs, void (*fn)(void *owner), void *owner)
{
    runs->on_idle = fn;
    runs->idle_owner = owner;
    tell_if_idle(runs);
}

static void on_kept_enough(struct timer *timer)
{
    forget(container_of(timer, struct kept_run, keep));
}

/* Lets the other workers find the run. */
static void publish(const struct kept_runs *runs, const struct kept_run *kept)
{
    if (runs->ids && !shared_ids_add(runs->ids, &kept->id, getpid()))
        log_event(LOG_WARNING, "runs_full",
                  "too many runs are kept: other workers will not find a new one");
}

struct kept_run *kept_run_new(struct kept_runs *runs, const struct route *route,
                              endpoint_fn *endpoint, const struct http_request *request,
                              struct run *run)
{
    const struct resumption *resumable = &route->resumable;
    const struct hub_options options = {.kept = resumable->events,
                                        .kept_bytes = resumable->bytes,
                                        .grace = resumable->grace,
                                        .goes_on = resumable->goes_on};
    struct kept_run *kept = mem_zalloc(1, sizeof *kept);
    kept->runs = runs;
    kept->id = run->id;
    kept->route = route;
    kept->endpoint = endpoint;
    kept->caller = request->caller ? mem_strdup(request->caller->name) : NULL;
    kept->loop = runs->loop;
    kept->hub = hub_new(run, &options);
    timer_init(&kept->keep, runs->loop, on_kept_enough);
    list_init(&kept->link);
    list_append(bucket(runs, &kept->id), &kept->link);
    runs->running++;
    publish(runs, kept);
    return kept;
}

void kept_run_print_id(const struct kept_run *kept, struct buf *out)
{
    char id[UUID_LEN + 1];
    uuid_format(id, &kept->id);
    buf_printf(out, "id: %s:%llu\r\n", id, (unsigned long long)hub_next(kept->hub));
}

enum flow kept_run_add(struct kept_run *kept, const char *event, size_t len)
{
    const struct chunk chunk = {.value = json_stringn_nocheck(event, len)};
    enum flow flow = hub_add(kept->hub, &chunk, len);
    json_decref(chunk.value);
    return flow;
}

void kept_run_end(struct kept_run **kept, const struct outcome *outcome)
{
    struct kept_run *old = *kept;
    *kept = NULL;
    old->ended = true;
    old->well = outcome->kind == OUTCOME_WELL;
    hub_end(old->hub, outcome);
    if (old->runs) {
        old->runs->running--;
        tell_if_idle(old->runs);
        timer_start(&old->keep, old->route->resumable.keep);
        return;
    }
    free_run(old);
}

bool kept_run_is_of(const struct kept_run *kept, const struct route *route, endpoint_fn *endpoint)
{
    return kept->route == route && (!endpoint || kept->endpoint == endpoint);
}

bool kept_run_is_for(const struct kept_run *kept, const struct http_request *request)
{
    if (!kept->caller || !request->caller)
        return !kept->caller && !request->caller;
    return strcmp(kept->caller, request->caller->name) == 0;
}

enum kept_part kept_run_part(const struct kept_run *kept, uint64_t from)
{
    uint64_t next = hub_next(kept->hub);
    if (from > next)
        return PART_UNTOLD;
    if (from < hub_first(kept->hub))
        return PART_DROPPED;
    if (from == next && kept->ended)
        return PART_NONE;
    return from + 1 == next && kept->well ? PART_END : PART_THERE;
}

void kept_run_follow(struct kept_run *kept, struct http_exchange *exchange, uint64_t from)
{
    follower_begin(kept->loop, kept->hub, exchange, from);
}

bool kept_run_cancel(struct kept_run *kept)
{
    if (!kept->ended) {
        kept->cancelled = true;
        hub_cancel(kept->hub, LS_CANCELLED);
    }
    return kept->cancelled;
}
