#include "run/hub.h"

#include <stdlib.h>

#include "base/mem.h"

enum { CHUNKS_PER_TURN = 64, LEAST_ROOM = 8 };

struct kept {
    json_t *value;
    int replaces;
    uint64_t before; /* sum of the sizes of all chunks before it */
};

struct hub {
    struct sink sink; /* of hub_start() */
    struct loop *loop;
    struct run *run; /* NULL once it has ended */
    struct hub_options options;
    unsigned refs;    /* the owner's, the run's, one per reader */
    struct kept *log; /* a ring: number n stands at n % room */
    size_t room;      /* a power of two */
    uint64_t first, next;
    uint64_t size; /* sum of the sizes of all chunks */
    struct link readers;
    struct timer grace;  /* runs while a reader is waited for */
    uint64_t left_at;    /* what the last one to leave would have read next */
    struct arena *arena; /* of the end's texts */
    struct outcome end;
    bool ended;
};

static struct kept *at(const struct hub *hub, uint64_t number)
{
    return &hub->log[number & (hub->room - 1)];
}

static void drop_ref(struct hub *hub)
{
    if (--hub->refs > 0)
        return;
    timer_stop(&hub->grace);
    for (uint64_t n = hub->first; n < hub->next; n++)
        json_decref(at(hub, n)->value);
    free(hub->log);
    arena_free(&hub->arena);
    free(hub);
}

static void wake(struct hub_reader *reader)
{
    if (!reader->paused)
        loop_soon(reader->hub->loop, &reader->task);
}

static void wake_all(struct hub *hub)
{
    for (struct link *l = hub->readers.next; l != &hub->readers; l = l->next)
        wake(container_of(l, struct hub_reader, link));
}

/* Whether somebody reads, or is waited for. */
static bool has_readers(const struct hub *hub)
{
    return !list_is_empty(&hub->readers) || timer_is_running(&hub->grace);
}

/* The first chunk that no reader had yet; without readers the next to come. */
static uint64_t furthest(const struct hub *hub)
{
    uint64_t most = timer_is_running(&hub->grace) ? hub->left_at : 0;
    for (struct link *l = hub->readers.next; l != &hub->readers; l = l->next) {
        uint64_t next = container_of(l, struct hub_reader, link)->next;
        most = next > most ? next : most;
    }
    return has_readers(hub) && most < hub->next ? most : hub->next;
}

/* The sum of the sizes of the kept chunks from `number` on. */
static uint64_t size_from(const struct hub *hub, uint64_t number)
{
    uint64_t from = number > hub->first ? number : hub->first;
    return from < hub->next ? hub->size - at(hub, from)->before : 0;
}

/* Whether every reader is half a log behind: the run has to wait for one of them.  The other half
 * is for those who come back for what was lost on the way. */
static bool is_ahead(const struct hub *hub)
{
    uint64_t from = furthest(hub);
    size_t bytes = hub->options.kept_bytes;
    return has_readers(hub) && (hub->next - from >= (hub->options.kept + 1) / 2 ||
                                (bytes > 0 && size_from(hub, from) > bytes / 2));
}

/* Drops what is too much, but nothing that no reader had. */
static void trim(struct hub *hub)
{
    uint64_t end = furthest(hub);
    size_t bytes = hub->options.kept_bytes;
    while (hub->first < end && (hub->next - hub->first > hub->options.kept ||
                                (bytes > 0 && size_from(hub, hub->first) > bytes)))
        json_decref(at(hub, hub->first++)->value);
}

/* Lets the run go on, unless all readers are still too far behind: whoever paused would push one
 * chunk more each time. */
static void resume(struct hub *hub)
{
    trim(hub);
    if (hub->run && !is_ahead(hub))
        run_resume(hub->run);
}

/* Makes room for one more. */
static void grow(struct hub *hub)
{
    if (hub->next - hub->first < hub->room)
        return;
    struct hub old = *hub;
    hub->room = old.room * 2;
    hub->log = mem_zalloc(hub->room, sizeof *hub->log);
    for (uint64_t n = hub->first; n < hub->next; n++)
        *at(hub, n) = *at(&old, n);
    free(old.log);
}

enum flow hub_add(struct hub *hub, const struct chunk *chunk, size_t size)
{
    grow(hub);
    *at(hub, hub->next++) =
        (struct kept){json_incref(chunk->value), chunk->replaces, .before = hub->size};
    hub->size += size;
    trim(hub);
    wake_all(hub);
    return is_ahead(hub) ? FLOW_FULL : FLOW_ON;
}

void hub_end(struct hub *hub, const struct outcome *outcome)
{
    hub->end = outcome_keep(hub->arena, outcome);
    hub->ended = true;
    hub->run = NULL;
    wake_all(hub);
    drop_ref(hub);
}

static enum flow hub_push(struct sink *sink, const struct chunk *chunk)
{
    return hub_add(container_of(sink, struct hub, sink), chunk, 0);
}

static void hub_done(struct sink *sink, const struct outcome *outcome)
{
    hub_end(container_of(sink, struct hub, sink), outcome);
}

static const struct sink_ops sink_ops = {hub_push, hub_done};

void hub_cancel(struct hub *hub, enum ls_err why)
{
    if (hub->run)
        run_cancel(hub->run, why);
}

/* Nobody came back. */
static void on_grace_over(struct timer *timer)
{
    struct hub *hub = container_of(timer, struct hub, grace);
    trim(hub);
    hub_cancel(hub, LS_CANCELLED);
}

/* The last reader is gone: the run goes on, or waits for it to come back, or ends. */
static void on_abandoned(struct hub *hub, const struct hub_reader *last)
{
    if (!hub->options.goes_on && hub->options.grace == 0) {
        hub_cancel(hub, LS_CANCELLED);
    } else if (!hub->options.goes_on) {
        hub->left_at = last->next;
        timer_start(&hub->grace, hub->options.grace);
    }
}

/* Takes the reader off the hub. */
static void detach(struct hub_reader *reader)
{
    struct hub *hub = reader->hub;
    reader->hub = NULL;
    list_remove(&reader->link);
    task_cancel(&reader->task);
    if (list_is_empty(&hub->readers))
        on_abandoned(hub, reader);
    resume(hub);
    drop_ref(hub);
}

static void finish(struct hub_reader *reader, const struct outcome *outcome)
{
    struct hub *hub = reader->hub;
    hub->refs++; /* the outcome is the hub's */
    detach(reader);
    reader->ops->done(reader, outcome);
    drop_ref(hub);
}

/* Gives the reader its next chunk; false: none for now. */
static bool give(struct hub_reader *reader)
{
    struct hub *hub = reader->hub;
    const struct kept *kept = at(hub, reader->next);
    struct chunk chunk = {.value = kept->value, .replaces = kept->replaces};
    json_t *held = json_incref(kept->value); /* the reader may leave, and the hub with it */
    enum flow flow = reader->ops->chunk(reader, reader->next++, &chunk);
    json_decref(held);
    if (!reader->hub)
        return false;
    resume(hub);
    reader->paused = flow == FLOW_FULL;
    if (flow == FLOW_STOP)
        detach(reader);
    return flow == FLOW_ON;
}

static void on_task(struct task *task)
{
    struct hub_reader *reader = container_of(task, struct hub_reader, task);
    struct outcome too_late = outcome_error(LS_TOO_LATE, NULL);
    for (int i = 0; i < CHUNKS_PER_TURN; i++) {
        struct hub *hub = reader->hub;
        if (reader->next < hub->first) {
            finish(reader, &too_late);
            return;
        }
        if (reader->next >= hub->next) {
            if (hub->ended)
                finish(reader, &hub->end);
            return;
        }
        if (!give(reader))
            return;
    }
    wake(reader);
}

struct hub *hub_new(struct run *run, const struct hub_options *options)
{
    struct hub *hub = mem_zalloc(1, sizeof *hub);
    hub->loop = run->loop;
    hub->run = run;
    hub->options = *options;
    hub->refs = 2;
    hub->room = LEAST_ROOM;
    hub->log = mem_zalloc(hub->room, sizeof *hub->log);
    hub->arena = arena_new(0);
    timer_init(&hub->grace, hub->loop, on_grace_over);
    list_init(&hub->readers);
    return hub;
}

struct hub *hub_start(struct run *run, const struct runnable *runnable, const struct call *call,
                      json_t *input, const struct hub_options *options)
{
    struct hub *hub = hub_new(run, options);
    sink_init(&hub->sink, &sink_ops, &run->root);
    run_start(run, runnable, call, input, &hub->sink);
    return hub;
}

void hub_rele(struct hub **hub)
{
    drop_ref(*hub);
    *hub = NULL;
}

void hub_read(struct hub *hub, struct hub_reader *reader, const struct hub_reader_ops *ops,
              uint64_t from)
{
    *reader = (struct hub_reader){.ops = ops, .hub = hub, .next = from};
    task_init(&reader->task, on_task);
    list_init(&reader->link);
    list_append(&hub->readers, &reader->link);
    timer_stop(&hub->grace);
    hub->refs++;
    wake(reader);
    resume(hub); /* it may be waiting for readers that are further behind */
}

void hub_resume(struct hub_reader *reader)
{
    reader->paused = false;
    if (reader->hub)
        wake(reader);
}

void hub_leave(struct hub_reader *reader)
{
    if (reader->hub)
        detach(reader);
}

uint64_t hub_first(const struct hub *hub)
{
    return hub->first;
}

uint64_t hub_next(const struct hub *hub)
{
    return hub->next;
}
