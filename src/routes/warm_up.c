#include "routes/warm_up.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"
#include "routes/service.h"
#include "run/gather.h"

/* One of them; in the arena of its run. */
struct warming {
    struct warm_ups *all; /* NULL: nobody waits for it any more */
    const char *name;
    struct run *run;
    size_t index;
};

struct warm_ups {
    struct loop *loop;
    struct timer patience;
    struct task over; /* they have ended; they may before warm_ups_start() returns */
    void (*on_over)(void *owner);
    void *owner;
    size_t left, count;
    struct warming *list[]; /* NULL: ended */
};

static void on_output(void *owner, json_t *value, const struct outcome *outcome)
{
    const struct warming *warming = owner;
    struct warm_ups *all = warming->all;
    (void)value;
    if (!all)
        return;
    if (outcome->kind == OUTCOME_WELL)
        log_event(LOG_INFO, "warm_up", "%s is warm", warming->name);
    else
        log_event(LOG_WARNING, "warm_up_failed", "%s: %s", warming->name, outcome_message(outcome));
    all->list[warming->index] = NULL;
    if (--all->left > 0)
        return;
    timer_stop(&all->patience);
    loop_soon(all->loop, &all->over);
}

static void on_all_over(struct task *task)
{
    const struct warm_ups *all = container_of(task, struct warm_ups, over);
    all->on_over(all->owner);
}

static void on_patience_over(struct timer *timer)
{
    const struct warm_ups *all = container_of(timer, struct warm_ups, patience);
    for (size_t i = 0; i < all->count; i++)
        if (all->list[i])
            run_cancel(all->list[i]->run, LS_TIMEOUT);
}

static void start(struct warm_ups *all, size_t index, struct service *service,
                  const struct warm_up *what)
{
    struct run *run = run_new(service->loop, NULL);
    struct warming *warming = arena_zalloc(run_arena(run), sizeof *warming);
    *warming = (struct warming){.all = all, .name = what->name, .run = run, .index = index};
    all->list[index] = warming;
    run->services = service->resources;
    run_start(run, what->runnable, &(struct call){0}, what->input,
              gather_sink(&run->root, on_output, warming));
}

struct warm_ups *warm_ups_start(struct service *service, const struct health_options *options,
                                void (*on_over)(void *owner), void *owner)
{
    size_t count = options->warm_up_count;
    struct warm_ups *all = mem_zalloc(1, sizeof *all + count * sizeof all->list[0]);
    all->on_over = on_over;
    all->owner = owner;
    all->left = all->count = count;
    all->loop = service->loop;
    task_init(&all->over, on_all_over);
    timer_init(&all->patience, service->loop, on_patience_over);
    timer_start(&all->patience, options->patience);
    for (size_t i = 0; i < count; i++)
        start(all, i, service, &options->warm_ups[i]);
    return all;
}

void warm_ups_free(struct warm_ups **warm_ups)
{
    struct warm_ups *all = *warm_ups;
    if (!all)
        return;
    timer_stop(&all->patience);
    task_cancel(&all->over);
    for (size_t i = 0; i < all->count; i++)
        if (all->list[i]) {
            all->list[i]->all = NULL;
            run_cancel(all->list[i]->run, LS_SHUTDOWN);
        }
    free(all);
    *warm_ups = NULL;
}
