#include "stages/bind.h"

#include "base/mem.h"
#include "run/scope.h"
#include "stages/wrapper.h"

struct bind {
    struct wrapper wrapper;
    json_t *kwargs;
};

static struct sink *bind_open(const struct runnable *runnable, struct scope *scope,
                              const struct call *call, struct sink *out)
{
    const struct bind *bind = container_of(runnable, const struct bind, wrapper.runnable);
    struct call inner = *call;
    inner.kwargs = bind->kwargs;
    if (call->kwargs) {
        inner.kwargs = arena_give_json(scope->arena, json_copy(bind->kwargs));
        json_object_update(inner.kwargs, call->kwargs);
    }
    return runnable_open(bind->wrapper.bound, scope, &inner, out);
}

static void bind_fini(struct runnable *runnable)
{
    json_decref(container_of(runnable, struct bind, wrapper.runnable)->kwargs);
    wrapper_fini(runnable);
}

static const struct runnable_ops bind_ops = {
    .type = "RunnableBinding",
    .step = STEP_CHAIN,
    .streams = true,
    .unseen = true,
    .open = bind_open,
    .input_schema = wrapper_input_schema,
    .output_schema = wrapper_output_schema,
    .part = wrapper_part,
    .fini = bind_fini,
};

struct runnable *bind_new(struct runnable *bound, json_t *kwargs)
{
    struct bind *bind = mem_alloc(sizeof *bind);
    wrapper_init(&bind->wrapper, &bind_ops, bound);
    bind->kwargs = json_incref(kwargs);
    return &bind->wrapper.runnable;
}
