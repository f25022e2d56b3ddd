#include "stages/passthrough.h"

#include "base/mem.h"

static struct sink *passthrough_open(const struct runnable *runnable, struct scope *scope,
                                     const struct call *call, struct sink *out)
{
    (void)runnable, (void)scope, (void)call;
    return out;
}

static const struct runnable_ops passthrough_ops = {
    .type = "RunnablePassthrough",
    .step = STEP_CHAIN,
    .trace = TRACE_TRANSFORM,
    .streams = true,
    .open = passthrough_open,
};

struct runnable *passthrough_new(void)
{
    struct runnable *runnable = mem_alloc(sizeof *runnable);
    runnable_init(runnable, &passthrough_ops, NULL);
    return runnable;
}
