#include "run/source.h"

#include <assert.h>

#include "run/run.h"
#include "run/scope.h"

static void on_task(struct task *task);

void source_init(struct source *source, const struct source_ops *ops, struct scope *scope,
                 struct sink *out)
{
    *source = (struct source){.ops = ops, .scope = scope, .out = out, .state = SOURCE_IDLE};
    list_init(&source->link);
    list_init(&source->paused);
    task_init(&source->task, on_task);
}

static void queue(struct source *source)
{
    loop_soon(scope_loop(source->scope), &source->task);
}

void source_start(struct source *source)
{
    assert(source->state == SOURCE_IDLE);
    source->state = SOURCE_STARTED;
    list_append(&source->scope->sources, &source->link);
    queue(source);
}

/* Takes the source out of everything that could call it. */
static void detach(struct source *source)
{
    source->state = SOURCE_ENDED;
    list_remove(&source->link);
    list_remove(&source->paused);
    task_cancel(&source->task);
}

static void end(struct source *source, const struct outcome *outcome)
{
    struct scope *scope = source->scope;
    scope_hold(scope); /* the sink's owner may be this scope's last */
    detach(source);
    sink_done(source->out, outcome);
    scope_rele(scope);
}

static void stop(struct source *source)
{
    if (source->state != SOURCE_STARTED)
        source->ops->stop(source);
    struct outcome outcome = scope_outcome(source->scope);
    end(source, &outcome);
}

static void on_task(struct task *task)
{
    struct source *source = container_of(task, struct source, task);
    if (source->unwanted || scope_is_cancelled(source->scope)) {
        stop(source);
        return;
    }
    if (!list_is_empty(&source->paused))
        return; /* it asked to be called again before it was told FULL; the resume calls it */
    source->state = SOURCE_ON;
    source->ops->go(source);
}

static void pause_source(struct source *source, bool resumed)
{
    struct run *run = source->scope->run;
    source->state = SOURCE_PAUSED;
    source->brake = run->brake;
    if (resumed && !run->brake)
        queue(source);
    else
        list_append(&run->paused, &source->paused);
}

enum flow source_push(struct source *source, const struct chunk *chunk)
{
    assert(source->state == SOURCE_ON || source->state == SOURCE_PAUSED);
    struct run *run = source->scope->run;
    unsigned resumes = run->resumes;
    run->brake = NULL;
    enum flow flow = sink_push(source->out, chunk);
    if (flow == FLOW_STOP) {
        source->unwanted = true;
        queue(source);
    } else if (flow == FLOW_FULL && source->state == SOURCE_ON) {
        pause_source(source, run->resumes != resumes);
    }
    return flow;
}

void source_done(struct source *source, const struct outcome *outcome)
{
    assert(source->state != SOURCE_ENDED && source->state != SOURCE_IDLE);
    end(source, outcome);
}

void source_again(struct source *source)
{
    assert(source->state == SOURCE_ON || source->state == SOURCE_PAUSED);
    queue(source);
}

void source_resume(struct source *source)
{
    list_remove(&source->paused);
    queue(source);
}

void source_cancel(struct source *source)
{
    queue(source);
}
