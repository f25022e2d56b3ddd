#include "run/hub.h"

#include <stdlib.h>

#include "base/mem.h"

enum { CHUNKS_PER_TURN = 64 };

struct kept {
    json_t *value;
    int replaces;
};

struct hub {
    struct sink sink;
    struct loop *loop;
    struct run *run; /* NULL once it has ended */
    struct hub_options options;
    unsigned refs;    /* the owner's, the run's, one per reader */
    struct kept *log; /* a ring: number n stands at n % options.kept */
    uint64_t first, next;
    struct link readers;
    struct arena *arena; /* of the end's texts */
    struct outcome end;
    bool ended;
};

static void drop_ref(struct hub *hub)
{
    if (--hub->refs > 0)
        return;
    for (uint64_t n = hub->first; n < hub->next; n++)
        json_decref(hub->log[n % hub->options.kept].value);
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

/* Whether every reader is half a log behind: the run has to wait for one of them.  The other half
 * is for what its sources still push after they were told. */
static bool is_ahead(const struct hub *hub)
{
    size_t most = (hub->options.kept + 1) / 2;
    for (struct link *l = hub->readers.next; l != &hub->readers; l = l->next)
        if (hub->next - container_of(l, struct hub_reader, link)->next < most)
            return false;
    return !list_is_empty(&hub->readers);
}

/* Lets the run go on, unless all readers are still too far behind: whoever paused would push one
 * chunk more each time. */
static void resume(struct hub *hub)
{
    if (hub->run && !is_ahead(hub))
        run_resume(hub->run);
}

static enum flow hub_push(struct sink *sink, const struct chunk *chunk)
{
    struct hub *hub = container_of(sink, struct hub, sink);
    struct kept *place = &hub->log[hub->next % hub->options.kept];
    if (hub->next - hub->first == hub->options.kept) {
        json_decref(place->value);
        hub->first++;
    }
    *place = (struct kept){json_incref(chunk->value), chunk->replaces};
    hub->next++;
    wake_all(hub);
    return is_ahead(hub) ? FLOW_FULL : FLOW_ON;
}

static void hub_done(struct sink *sink, const struct outcome *outcome)
{
    struct hub *hub = container_of(sink, struct hub, sink);
    hub->end = outcome_keep(hub->arena, outcome);
    hub->ended = true;
    hub->run = NULL;
    wake_all(hub);
    drop_ref(hub);
}

static const struct sink_ops sink_ops = {hub_push, hub_done};

/* Takes the reader off the hub; the last one to leave ends the run. */
static void detach(struct hub_reader *reader)
{
    struct hub *hub = reader->hub;
    reader->hub = NULL;
    list_remove(&reader->link);
    task_cancel(&reader->task);
    if (hub->run && list_is_empty(&hub->readers) && !hub->options.goes_on)
        run_cancel(hub->run, LS_CANCELLED);
    else
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
    const struct kept *kept = &hub->log[reader->next % hub->options.kept];
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

struct hub *hub_start(struct run *run, const struct runnable *runnable, const struct call *call,
                      json_t *input, const struct hub_options *options)
{
    struct hub *hub = mem_zalloc(1, sizeof *hub);
    hub->loop = run->loop;
    hub->run = run;
    hub->options = *options;
    hub->refs = 2;
    hub->log = mem_zalloc(options->kept, sizeof *hub->log);
    hub->arena = arena_new(0);
    list_init(&hub->readers);
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
