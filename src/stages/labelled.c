#include "stages/labelled.h"

#include "base/list.h"
#include "base/mem.h"
#include "run/scope.h"

struct labelled {
    struct runnable runnable;
    struct runnable *bound;
};

static const struct runnable *bound_of(const struct runnable *runnable)
{
    return container_of(runnable, const struct labelled, runnable)->bound;
}

/* Labels matter to those who watch; without them the call goes on as it is. */
static struct sink *labelled_open(const struct runnable *runnable, struct scope *scope,
                                  const struct call *call, struct sink *out)
{
    struct call labelled = *call;
    if (!labelled.name && runnable->named)
        labelled.name = runnable->name;
    if (runnable->tags) {
        labelled.tags = call->tags ? json_copy(call->tags) : json_array();
        json_array_extend(labelled.tags, runnable->tags);
        arena_give_json(scope->arena, labelled.tags);
    }
    if (runnable->metadata) {
        labelled.metadata = call->metadata ? json_copy(call->metadata) : json_object();
        json_object_update(labelled.metadata, runnable->metadata);
        arena_give_json(scope->arena, labelled.metadata);
    }
    return runnable_open(bound_of(runnable), scope, &labelled, out);
}

static json_t *labelled_input_schema(const struct runnable *runnable)
{
    return runnable_input_schema(bound_of(runnable));
}

static json_t *labelled_output_schema(const struct runnable *runnable)
{
    return runnable_output_schema(bound_of(runnable));
}

static const struct runnable *labelled_part(const struct runnable *runnable, unsigned i,
                                            const char **label)
{
    *label = NULL;
    return i == 0 ? bound_of(runnable) : NULL;
}

static void labelled_fini(struct runnable *runnable)
{
    runnable_rele(container_of(runnable, struct labelled, runnable)->bound);
}

static const struct runnable_ops labelled_ops = {
    .type = "RunnableBinding",
    .step = STEP_CHAIN,
    .streams = true,
    .unseen = true,
    .open = labelled_open,
    .input_schema = labelled_input_schema,
    .output_schema = labelled_output_schema,
    .part = labelled_part,
    .fini = labelled_fini,
};

struct runnable *labelled_new(struct runnable *bound)
{
    struct labelled *labelled = mem_alloc(sizeof *labelled);
    runnable_init(&labelled->runnable, &labelled_ops, bound->name);
    labelled->bound = bound;
    return &labelled->runnable;
}
