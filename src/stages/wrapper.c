#include "stages/wrapper.h"

void wrapper_init(struct wrapper *wrapper, const struct runnable_ops *ops, struct runnable *bound)
{
    runnable_init(&wrapper->runnable, ops, bound->name);
    wrapper->bound = bound;
    runnable_add_inside(&wrapper->runnable, bound);
}

json_t *wrapper_input_schema(const struct runnable *runnable)
{
    return runnable_input_schema(wrapper_bound(runnable));
}

json_t *wrapper_output_schema(const struct runnable *runnable)
{
    return runnable_output_schema(wrapper_bound(runnable));
}

const struct runnable *wrapper_part(const struct runnable *runnable, unsigned i, const char **label)
{
    *label = NULL;
    return i == 0 ? wrapper_bound(runnable) : NULL;
}

void wrapper_fini(struct runnable *runnable)
{
    runnable_rele(wrapper_bound(runnable));
}
